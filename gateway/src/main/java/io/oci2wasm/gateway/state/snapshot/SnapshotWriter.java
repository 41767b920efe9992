package io.oci2wasm.gateway.state.snapshot;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.oci2wasm.api.Json;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Writes the rows of all computed tables as lines (docs/FORMATS.md, "Snapshots"). */
final class SnapshotWriter {
  static final int FORMAT = 1;

  /** PostgreSQL's driver would else read a whole table into memory. */
  private static final int FETCH_SIZE = 1000;

  private final Handle handle;
  private final JsonGenerator out;

  private SnapshotWriter(Handle handle, JsonGenerator out) {
    this.handle = handle;
    this.out = out;
  }

  /** Within a transaction of the caller that sees one moment. */
  static void write(Handle handle, Instant now, OutputStream to) throws IOException {
    try (JsonGenerator out = Json.MAPPER.getFactory().createGenerator(to)) {
      out.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
      new SnapshotWriter(handle, out).write(now);
    } catch (SQLException e) {
      throw new IOException("database, reading rows for a snapshot: " + e.getMessage(), e);
    }
  }

  private void write(Instant now) throws IOException, SQLException {
    out.writeStartObject();
    out.writeNumberField("snapshot", FORMAT);
    out.writeStringField("cluster", StateDatabase.cluster(handle));
    out.writeNumberField("schema", StateDatabase.schema(handle));
    out.writeStringField("takenAt", now.truncatedTo(ChronoUnit.SECONDS).toString());
    out.writeEndObject();
    Map<String, Long> counts = new LinkedHashMap<>();
    for (String table : StateDatabase.computedTables()) {
      counts.put(table, write(table));
    }
    out.writeStartObject();
    out.writeObjectField("end", counts);
    out.writeEndObject();
  }

  private long write(String table) throws IOException, SQLException {
    long count = 0;
    try (Statement statement = handle.getConnection().createStatement()) {
      statement.setFetchSize(FETCH_SIZE);
      try (ResultSet rows = statement.executeQuery("SELECT * FROM " + table)) {
        Cell[] cells = begin(table, rows.getMetaData());
        while (rows.next()) {
          out.writeStartArray();
          for (int i = 0; i < cells.length; i++) {
            cells[i].write(rows, i + 1, out);
          }
          out.writeEndArray();
          count++;
        }
      }
    }
    return count;
  }

  private Cell[] begin(String table, ResultSetMetaData columns) throws IOException, SQLException {
    Cell[] cells = new Cell[columns.getColumnCount()];
    out.writeStartObject();
    out.writeStringField("table", table);
    out.writeArrayFieldStart("columns");
    for (int i = 0; i < cells.length; i++) {
      cells[i] = Cell.of(columns.getColumnType(i + 1));
      out.writeString(columns.getColumnName(i + 1).toLowerCase(Locale.ROOT));
    }
    out.writeEndArray();
    out.writeEndObject();
    return cells;
  }
}
