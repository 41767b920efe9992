package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A reference was pushed to a registry, or uploaded, or named by a batch.
 *
 * @param batchId the batch, where it is one's
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImagePushed(
    String requestId,
    Lane lane,
    String sender,
    ImageReference image,
    @Nullable String mediaType,
    Instant pushedAt,
    @Nullable String batchId,
    @Nullable ConversionChoice choice)
    implements PipelineEvent {
  public ImagePushed {
    RequestIds.check(requestId);
  }

  /** Belongs to no batch, and wants all that is configured. */
  public ImagePushed(
      String requestId,
      Lane lane,
      String sender,
      ImageReference image,
      @Nullable String mediaType,
      Instant pushedAt) {
    this(requestId, lane, sender, image, mediaType, pushedAt, null, null);
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
