package io.oci2wasm.gateway.state.letter;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.mapper.reflect.JdbiConstructor;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as the API shows it (docs/FORMATS.md, "HTTP API").
 *
 * @param replayedAt when it was replayed last
 * @param origin where the record lay; absent for a webhook
 * @param record absent in lists
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Letter(
    String id,
    State state,
    Source source,
    @JsonUnwrapped DeadLetter.Work work,
    @JsonUnwrapped DeadLetter.Failure failure,
    @Nullable Instant replayedAt,
    DeadLetter.@Nullable Origin origin,
    @Nullable RecordCopy record) {
  /** A row of the table {@code dead_letter}, with that of {@code replay} if there is one. */
  static final RowMapper<Letter> ROW = ConstructorMapper.of(Letter.class);

  /** As columns have it. */
  @JdbiConstructor
  public static Letter ofRow(
      String id,
      Source source,
      Stage stage,
      @Nullable Lane lane,
      @Nullable String requestId,
      @Nested ImageColumns image,
      @Nested DeadLetter.Failure failure,
      @Nullable Instant replayedAt,
      @Nested("origin_") OriginColumns origin,
      byte[] record) {
    boolean open = replayedAt == null || replayedAt.isBefore(failure.deadAt());
    return new Letter(
        id,
        open ? State.OPEN : State.REPLAYED,
        source,
        new DeadLetter.Work(stage, lane, requestId, image.image()),
        failure,
        replayedAt,
        origin.origin(),
        copy(id, record));
  }

  /** The columns of an image, all NULL where it is not known. */
  public record ImageColumns(
      @Nullable String registry,
      @Nullable String repository,
      @Nullable String tag,
      @Nullable Sha256Digest digest) {
    private @Nullable ImageReference image() {
      return registry == null || repository == null
          ? null
          : new ImageReference(registry, repository, tag, digest);
    }
  }

  /** The columns of a record's place, all NULL where it lay in no topic. */
  public record OriginColumns(
      @Nullable String topic, @Nullable Integer partition, @Nullable Long offset) {
    private DeadLetter.@Nullable Origin origin() {
      return topic == null || partition == null || offset == null
          ? null
          : new DeadLetter.Origin(topic, partition, offset);
    }
  }

  private static RecordCopy copy(String id, byte[] json) {
    try {
      return Json.MAPPER.readValue(json, RecordCopy.class);
    } catch (IOException e) {
      throw new IllegalStateException("dead letter " + id + ": found no copy of a record", e);
    }
  }

  /** Whether it waits for someone to look at it. */
  public enum State {
    OPEN,
    REPLAYED;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Who gave up: a stage, the broker when no worker had survived the record, or the gateway, which
   * could not take into its database what it says. Of the last the gateway writes no event.
   */
  public enum Source {
    PIPELINE,
    BROKER,
    GATEWAY;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The letter as it was written. */
  public DeadLetter original() {
    if (record == null) {
      throw new IllegalStateException("dead letter " + id + " was read without its record");
    }
    return new DeadLetter(id, work, failure, origin, record);
  }

  /** The same without the record. */
  Letter listed() {
    return new Letter(id, state, source, work, failure, replayedAt, origin, null);
  }
}
