package io.oci2wasm.gateway.view;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BundleBuilt.Layers;
import io.oci2wasm.api.event.BundleBuilt.StoredBundle;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads rows of the tables of {@link Schema#STATE}. */
final class StateRows {
  private StateRows() {}

  static Conversion conversion(ResultSet row) throws SQLException {
    String platform = row.getString("platform");
    String bundleKey = row.getString("bundle_key");
    boolean built = bundleKey != null;
    ConversionState state = word(ConversionState.class, row.getString("state"));
    String stage = row.getString("stage");
    Instant updatedAt = time(row, "updated_at");
    Instant since = timeOrNull(row, "since");
    return new Conversion(
        row.getString("id"),
        row.getString("request_id"),
        row.getString("conversion_id"),
        new Conversion.Target(
            word(Lane.class, row.getString("lane")),
            image(row),
            platform == null ? null : Platform.parse(platform),
            digest(row.getString("manifest_digest"))),
        new Conversion.Status(
            state,
            stage == null ? stageOf(state) : word(Stage.class, stage),
            built ? row.getBoolean("reused") : null,
            built ? new Layers(row.getInt("layer_count"), row.getInt("layers_converted")) : null,
            reason(row),
            row.getString("message"),
            built
                ? new StoredBundle(
                    bundleKey,
                    Sha256Digest.parse(row.getString("bundle_digest")),
                    row.getLong("bundle_size"))
                : null),
        new Conversion.Times(
            time(row, "queued_at"),
            since == null ? updatedAt : since,
            number(row, "waited_ms"),
            number(row, "worked_ms"),
            updatedAt),
        null);
  }

  /** Where a row is that an older gateway wrote, which knows no stages. */
  private static Stage stageOf(ConversionState state) {
    return switch (state) {
      case QUEUED, INGESTING, SKIPPED, FAILED -> Stage.INGEST;
      case RESOLVING -> Stage.RESOLVE;
      case BUILDING, BUILT, REMOVED -> Stage.BUILD;
    };
  }

  static Request request(ResultSet row) throws SQLException {
    int outcomes = row.getInt("outcomes");
    return new Request(
        row.getString("id"),
        word(Lane.class, row.getString("lane")),
        row.getString("sender"),
        image(row),
        outcomes == 0 ? null : outcomes,
        row.getBoolean("ended"),
        row.getString("part_of"),
        time(row, "queued_at"),
        time(row, "updated_at"),
        null,
        null);
  }

  static HistoryEntry historyEntry(ResultSet row) throws SQLException {
    String deadLetter = row.getString("dead_letter");
    return new HistoryEntry(
        word(ConversionState.class, row.getString("state")),
        time(row, "occurred_at"),
        word(Stage.class, row.getString("stage")),
        row.getInt("attempt"),
        reason(row),
        row.getString("message"),
        deadLetter.isEmpty() ? null : deadLetter);
  }

  static Letter letter(ResultSet row) throws SQLException {
    String lane = row.getString("lane");
    String topic = row.getString("origin_topic");
    OffsetDateTime replayed = row.getObject("replayed_at", OffsetDateTime.class);
    Instant replayedAt = replayed == null ? null : replayed.toInstant();
    Instant deadAt = time(row, "dead_at");
    boolean open = replayedAt == null || replayedAt.isBefore(deadAt);
    return new Letter(
        row.getString("id"),
        open ? Letter.State.OPEN : Letter.State.REPLAYED,
        word(Letter.Source.class, row.getString("source")),
        new DeadLetter.Work(
            word(Stage.class, row.getString("stage")),
            lane == null ? null : word(Lane.class, lane),
            row.getString("request_id"),
            row.getString("repository") == null ? null : image(row)),
        new DeadLetter.Failure(
            word(Reason.class, row.getString("reason")),
            row.getString("message"),
            row.getInt("attempts"),
            time(row, "first_failed_at"),
            deadAt),
        replayedAt,
        topic == null
            ? null
            : new DeadLetter.Origin(
                topic, row.getInt("origin_partition"), row.getLong("origin_offset")),
        record(row.getBytes("record")));
  }

  static BatchFacts batch(ResultSet row) throws SQLException {
    String requested = row.getString("requested");
    int listed = row.getInt("listed_entries");
    Integer listedEntries = row.wasNull() ? null : listed;
    try {
      return new BatchFacts(
          row.getString("id"),
          requested == null ? null : Json.MAPPER.readValue(requested, BatchRequested.class),
          timeOrNull(row, "listed_at"),
          listedEntries,
          timeOrNull(row, "failed_at"),
          row.getString("message"),
          timeOrNull(row, "paused_at"),
          timeOrNull(row, "resumed_at"),
          timeOrNull(row, "cancelled_at"),
          row.getInt("entries"));
    } catch (IOException e) {
      throw new SQLException("batch.requested: found no event", e);
    }
  }

  static BatchEntry batchEntry(ResultSet row) throws SQLException {
    return new BatchEntry(row.getString("request_id"), row.getString("batch_id"), image(row));
  }

  private static RecordCopy record(byte[] json) throws SQLException {
    try {
      return Json.MAPPER.readValue(json, RecordCopy.class);
    } catch (IOException e) {
      throw new SQLException("dead_letter.record: found no copy of a record", e);
    }
  }

  static ImageReference image(ResultSet row) throws SQLException {
    return new ImageReference(
        row.getString("registry"),
        row.getString("repository"),
        row.getString("tag"),
        digest(row.getString("digest")));
  }

  private static @Nullable Reason reason(ResultSet row) throws SQLException {
    String reason = row.getString("reason");
    return reason == null ? null : word(Reason.class, reason);
  }

  private static @Nullable Sha256Digest digest(@Nullable String text) {
    return text == null ? null : Sha256Digest.parse(text);
  }

  private static @Nullable Long number(ResultSet row, String column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }

  static Instant time(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  static @Nullable Instant timeOrNull(ResultSet row, String column) throws SQLException {
    return row.getObject(column) == null ? null : time(row, column);
  }

  /** The constant whose JSON form is {@code word}. */
  static <E extends Enum<E>> E word(Class<E> type, String word) {
    return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
