package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A change of a batch as a whole.
 *
 * @param message why, where it failed
 * @param entries where it is listed, how many different images were written before
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BatchChanged(
    String batchId,
    Change change,
    @Nullable String message,
    Instant changedAt,
    @Nullable Integer entries)
    implements TopicEvent {
  /** What changed. */
  public enum Change {
    /** All its images are known: each has a {@link BatchEntered} that was written before. */
    LISTED,
    /** Its images could not be listed; those that are known are converted. */
    FAILED,
    PAUSED,
    RESUMED,
    CANCELLED;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public BatchChanged {
    RequestIds.check(batchId);
    message = message == null ? null : Messages.bounded(message);
  }

  /** Does not count images. */
  public BatchChanged(String batchId, Change change, @Nullable String message, Instant changedAt) {
    this(batchId, change, message, changedAt, null);
  }

  @Override
  public String type() {
    return Topics.BATCH_CHANGED;
  }

  @Override
  public String eventId() {
    return batchId + "/batch.changed/" + change + "/" + changedAt;
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return null;
  }

  @Override
  public String recordKey() {
    return batchId;
  }
}
