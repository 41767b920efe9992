package io.oci2wasm.gateway.state.snapshot;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.runtime.event.Partition;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Reads a snapshot to its end. What it has shown is to be forgotten if it throws. */
final class SnapshotReader {
  static final String CONSUMED = "consumed";

  /** A dead letter's record may have 16 MiB, and is in base64 in JSON in base64. */
  private static final int LONGEST_TEXT = 64 << 20;

  private static final JsonMapper MAPPER =
      new JsonMapper(
          JsonFactory.builder()
              .disable(JsonFactory.Feature.CHARSET_DETECTION)
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(LONGEST_TEXT).build())
              .build());

  private final String key;
  private final Rows rows;
  private final Set<String> tables = new HashSet<>(StateDatabase.computedTables());
  private final Map<String, Long> counts = new HashMap<>();
  private final Map<Partition, Long> offsets = new HashMap<>();
  private String table = "";
  private List<String> columns = List.of();

  private SnapshotReader(String key, Rows rows) {
    this.key = key;
    this.rows = rows;
  }

  /** Takes what is read. */
  interface Rows {
    /** Rows of {@code table} follow. */
    void begin(String table, List<String> columns);

    /**
     * A row, with as many values as the table has columns.
     *
     * @throws IllegalArgumentException if a value does not fit its column; says what was found
     */
    void row(JsonNode values);

    /** All rows were shown. */
    void end();
  }

  /**
   * Reads the object {@code key}.
   *
   * @param digest what its name promises
   * @throws DamagedSnapshotException if it is anything else than a snapshot that this version knows
   * @throws UnavailableException if the store does not answer
   */
  static Snapshot read(String key, Sha256Digest digest, InputStream object, Rows rows)
      throws DamagedSnapshotException, UnavailableException {
    MessageDigest computed = Sha256Digest.newMessageDigest();
    InputStream bytes = new DigestInputStream(object, computed);
    SnapshotReader reader = new SnapshotReader(key, rows);
    try {
      Snapshot snapshot = reader.read(new GZIPInputStream(bytes, 1 << 16));
      bytes.transferTo(OutputStream.nullOutputStream());
      Sha256Digest found = Sha256Digest.from(computed.digest());
      if (!found.equals(digest)) {
        throw reader.damaged("other bytes (" + found + ") than its name tells", null);
      }
      return snapshot;
    } catch (UnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw reader.damaged("bytes that are no whole snapshot: " + e.getMessage(), e);
    }
  }

  private DamagedSnapshotException damaged(String found, @Nullable Throwable cause) {
    return new DamagedSnapshotException(key, found, cause);
  }

  private Snapshot read(InputStream text) throws DamagedSnapshotException, IOException {
    try (MappingIterator<JsonNode> values = MAPPER.readerFor(JsonNode.class).readValues(text)) {
      JsonNode first = values.hasNextValue() ? values.nextValue() : MAPPER.createObjectNode();
      int schema = schema(first);
      JsonNode end = null;
      while (end == null) {
        if (!values.hasNextValue()) {
          throw damaged("no line \"end\"", null);
        }
        JsonNode value = values.nextValue();
        if (value.isArray()) {
          row(value);
        } else if (value.has("table")) {
          begin(value);
        } else {
          end = value;
        }
      }
      checkEnd(end);
      rows.end();
      return new Snapshot(key, first.path("cluster").asText(), schema, offsets);
    }
  }

  private int schema(JsonNode first) throws DamagedSnapshotException {
    int format = first.path("snapshot").asInt();
    int schema = first.path("schema").asInt();
    if (format > SnapshotWriter.FORMAT || schema > StateDatabase.latestSchema()) {
      throw damaged(
          String.format(
              "that a newer version wrote it (format %d, tables %d), expected at most %d and %d",
              format, schema, SnapshotWriter.FORMAT, StateDatabase.latestSchema()),
          null);
    }
    if (format < 1 || schema < 1 || first.path("cluster").asText().isEmpty()) {
      throw damaged("no \"snapshot\", \"schema\" and \"cluster\" in its first line", null);
    }
    return schema;
  }

  private void begin(JsonNode value) throws DamagedSnapshotException {
    table = value.path("table").asText();
    columns = new ArrayList<>();
    value.path("columns").forEach(column -> columns.add(column.asText()));
    if (!tables.contains(table) || counts.putIfAbsent(table, 0L) != null) {
      throw damaged("the table \"" + table + "\", expected each of " + tables + " once", null);
    }
    try {
      rows.begin(table, columns);
    } catch (IllegalArgumentException e) {
      throw damaged("of table " + table + " " + e.getMessage(), e);
    }
  }

  private void row(JsonNode values) throws DamagedSnapshotException {
    if (values.size() != columns.size()) {
      throw damaged(
          String.format("%d values, expected %d, %s", values.size(), columns.size(), place()),
          null);
    }
    try {
      rows.row(values);
    } catch (IllegalArgumentException e) {
      throw damaged(e.getMessage() + ", " + place(), e);
    }
    if (table.equals(CONSUMED)) {
      offsets.put(
          new Partition(value(values, "topic").asText(), value(values, "number").asInt()),
          value(values, "next_offset").asLong());
    }
    counts.merge(table, 1L, Long::sum);
  }

  private JsonNode value(JsonNode values, String column) {
    return values.path(columns.indexOf(column));
  }

  private String place() {
    return "in row " + (counts.getOrDefault(table, 0L) + 1) + " of table " + table;
  }

  private void checkEnd(JsonNode end) throws DamagedSnapshotException {
    Map<String, Long> told = new HashMap<>();
    end.path("end").properties().forEach(one -> told.put(one.getKey(), one.getValue().asLong()));
    if (!told.equals(counts) || offsets.isEmpty()) {
      throw damaged("the rows " + counts + ", expected those that its end tells: " + told, null);
    }
  }
}
