package io.oci2wasm.gateway.state.snapshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Writes a snapshot's rows into empty tables. */
final class RowLoader implements SnapshotReader.Rows, AutoCloseable {
  private static final int AT_ONCE = 1000;

  private final Handle handle;
  private @Nullable PreparedStatement insert;
  private final List<Integer> types = new ArrayList<>();
  private int waiting;

  RowLoader(Handle handle) {
    this.handle = handle;
  }

  @Override
  public void begin(String table, List<String> columns) {
    try {
      finish();
      types.clear();
      Map<String, Integer> known = columns(table);
      for (String column : columns) {
        Integer type = known.get(column);
        if (type == null) {
          throw new IllegalArgumentException(
              "the column \"" + column + "\", expected some of " + known.keySet());
        }
        types.add(type);
      }
      insert =
          handle
              .getConnection()
              .prepareStatement(
                  String.format(
                      "INSERT INTO %s (%s) VALUES (%s)",
                      table,
                      String.join(", ", columns),
                      String.join(", ", Collections.nCopies(columns.size(), "?"))));
    } catch (SQLException e) {
      throw StateDatabase.unchecked(e);
    }
  }

  private Map<String, Integer> columns(String table) throws SQLException {
    Map<String, Integer> types = new HashMap<>();
    try (Statement statement = handle.getConnection().createStatement();
        ResultSet none = statement.executeQuery("SELECT * FROM " + table + " WHERE FALSE")) {
      ResultSetMetaData columns = none.getMetaData();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        types.put(columns.getColumnName(i).toLowerCase(Locale.ROOT), columns.getColumnType(i));
      }
    }
    return types;
  }

  @Override
  public void row(JsonNode values) {
    PreparedStatement statement = insert;
    if (statement == null) {
      throw new IllegalArgumentException("a row before its table");
    }
    try {
      for (int i = 0; i < types.size(); i++) {
        JsonNode value = values.get(i);
        if (value.isNull()) {
          statement.setNull(i + 1, types.get(i));
        } else {
          Cell.of(types.get(i)).bind(statement, i + 1, value);
        }
      }
      statement.addBatch();
      waiting++;
      if (waiting == AT_ONCE) {
        flush(statement);
      }
    } catch (SQLException e) {
      throw StateDatabase.unchecked(e);
    }
  }

  private void flush(PreparedStatement statement) throws SQLException {
    if (waiting > 0) {
      statement.executeBatch();
      waiting = 0;
    }
  }

  private void finish() throws SQLException {
    PreparedStatement statement = insert;
    if (statement != null) {
      flush(statement);
      statement.close();
      insert = null;
    }
  }

  @Override
  public void end() {
    try {
      finish();
    } catch (SQLException e) {
      throw StateDatabase.unchecked(e);
    }
  }

  /** Drops what was not written yet. */
  @Override
  public void close() {
    try {
      if (insert != null) {
        insert.close();
      }
    } catch (SQLException e) {
      throw StateDatabase.unchecked(e);
    }
  }
}
