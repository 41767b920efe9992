package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A reference was pushed to a registry, or uploaded, or named by a bulk run. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImagePushed(
    String requestId,
    Lane lane,
    String sender,
    ImageReference image,
    @Nullable String mediaType,
    Instant pushedAt)
    implements PipelineEvent {
  public ImagePushed {
    RequestIds.check(requestId);
  }

  @Override
  public String type() {
    return Topics.IMAGE_PUSHED;
  }

  @Override
  public String eventId() {
    return requestId;
  }
}
