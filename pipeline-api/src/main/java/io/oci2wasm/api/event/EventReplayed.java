package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The record of a dead letter was written to its topic again: a new attempt begins.
 *
 * @param stage that tries again
 * @param manifestDigest of the platform that it tries; absent where it tries the whole request
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EventReplayed(
    String deadLetterId,
    Instant replayedAt,
    Stage stage,
    @Nullable Lane lane,
    @Nullable String requestId,
    @Nullable ImageReference image,
    @Nullable Sha256Digest manifestDigest)
    implements TopicEvent {
  public EventReplayed {
    DeadLetter.checkId(deadLetterId);
    if (requestId != null) {
      RequestIds.check(requestId);
    }
  }

  @Override
  public String type() {
    return Topics.REPLAYED;
  }

  @Override
  public String eventId() {
    return deadLetterId + "/event.replayed/" + replayedAt.toEpochMilli();
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return manifestDigest != null || image == null ? manifestDigest : image.digest();
  }

  @Override
  public String recordKey() {
    return deadLetterId;
  }
}
