package io.oci2wasm.gateway.state.letter;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.gateway.state.database.PageToken;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.PropagateNull;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.mapper.reflect.JdbiConstructor;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as the API shows it (docs/FORMATS.md, "HTTP API").
 *
 * @param replayedAt when it was replayed last
 * @param dismissed who wanted to see it no more, and when; absent if nobody did last
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
    @JsonUnwrapped @Nullable Dismissal dismissed,
    DeadLetter.@Nullable Origin origin,
    @Nullable RecordCopy record) {
  /** A row of {@code dead_letter}, with those of {@code replay} and {@code dismissal} if any. */
  static final RowMapper<Letter> ROW = ConstructorMapper.of(Letter.class);

  @JdbiConstructor
  public static Letter of(
      @Nested Row row, @Nullable Instant replayedAt, @Nested @Nullable Dismissal dismissed) {
    return new Letter(
        row.id,
        state(row.failure.deadAt(), replayedAt, dismissed),
        row.source,
        new DeadLetter.Work(row.stage, row.lane, row.requestId, row.image.image()),
        row.failure,
        replayedAt,
        dismissed,
        row.origin.origin(),
        row.record);
  }

  /** What has died again since is open again. */
  private static State state(
      Instant deadAt, @Nullable Instant replayedAt, @Nullable Dismissal dismissed) {
    if (replayedAt != null && !replayedAt.isBefore(deadAt)) {
      return State.REPLAYED;
    }
    return dismissed != null && !dismissed.dismissedAt.isBefore(deadAt)
        ? State.DISMISSED
        : State.OPEN;
  }

  /** Somebody wanted to see it no more. */
  public record Dismissal(@PropagateNull Instant dismissedAt, String dismissedBy) {}

  /** The columns of the table {@code dead_letter}. */
  public record Row(
      String id,
      Source source,
      Stage stage,
      @Nullable Lane lane,
      @Nullable String requestId,
      @Nested ImageColumns image,
      @Nested DeadLetter.Failure failure,
      @Nested("origin_") OriginColumns origin,
      RecordCopy record) {
    static Row of(DeadLetter letter, Source source) {
      DeadLetter.Work work = letter.work();
      return new Row(
          letter.id(),
          source,
          work.stage(),
          work.lane(),
          work.requestId(),
          ImageColumns.of(work.image()),
          inMicros(letter.failure()),
          OriginColumns.of(letter.origin()),
          letter.record());
    }

    private static DeadLetter.Failure inMicros(DeadLetter.Failure failure) {
      return new DeadLetter.Failure(
          failure.reason(),
          failure.message(),
          failure.attempts(),
          failure.firstFailedAt().truncatedTo(ChronoUnit.MICROS),
          failure.deadAt().truncatedTo(ChronoUnit.MICROS));
    }
  }

  /** The columns of an image, all NULL where it is not known. */
  public record ImageColumns(
      @Nullable String registry,
      @Nullable String repository,
      @Nullable String tag,
      @Nullable Sha256Digest digest) {
    private static ImageColumns of(@Nullable ImageReference image) {
      return image == null
          ? new ImageColumns(null, null, null, null)
          : new ImageColumns(image.registry(), image.repository(), image.tag(), image.digest());
    }

    private @Nullable ImageReference image() {
      return registry == null || repository == null
          ? null
          : new ImageReference(registry, repository, tag, digest);
    }
  }

  /** The columns of a record's place, all NULL where it lay in no topic. */
  public record OriginColumns(
      @Nullable String topic, @Nullable Integer partition, @Nullable Long offset) {
    private static OriginColumns of(DeadLetter.@Nullable Origin origin) {
      return origin == null
          ? new OriginColumns(null, null, null)
          : new OriginColumns(origin.topic(), origin.partition(), origin.offset());
    }

    private DeadLetter.@Nullable Origin origin() {
      return topic == null || partition == null || offset == null
          ? null
          : new DeadLetter.Origin(topic, partition, offset);
    }
  }

  /** Whether it waits for someone to look at it. */
  public enum State {
    OPEN,
    REPLAYED,
    DISMISSED;

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

  /** Its place among letters, newest first. */
  public PageToken token() {
    return new PageToken(failure.deadAt(), id);
  }

  /** The same without the record. */
  Letter listed() {
    return new Letter(id, state, source, work, failure, replayedAt, dismissed, origin, null);
  }
}
