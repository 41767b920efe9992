package io.oci2wasm.gateway.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as the API shows it (docs/FORMATS.md, "HTTP API").
 *
 * @param replayedAt when it was replayed last
 * @param record absent in lists
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Letter(
    String id,
    State state,
    Source source,
    Stage stage,
    @Nullable Lane lane,
    @Nullable String requestId,
    @Nullable ImageReference image,
    Reason reason,
    String message,
    int attempts,
    Instant firstFailedAt,
    Instant deadAt,
    @Nullable Instant replayedAt,
    DeadLetter.@Nullable Origin origin,
    @Nullable RecordCopy record) {
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
    return new DeadLetter(
        id,
        stage,
        lane,
        requestId,
        image,
        reason,
        message,
        attempts,
        firstFailedAt,
        deadAt,
        origin,
        record);
  }

  /** The same without the record. */
  Letter listed() {
    return new Letter(
        id,
        state,
        source,
        stage,
        lane,
        requestId,
        image,
        reason,
        message,
        attempts,
        firstFailedAt,
        deadAt,
        replayedAt,
        origin,
        null);
  }
}
