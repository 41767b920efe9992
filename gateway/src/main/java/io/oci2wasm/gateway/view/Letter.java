package io.oci2wasm.gateway.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import java.time.Instant;
import java.util.Locale;
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
