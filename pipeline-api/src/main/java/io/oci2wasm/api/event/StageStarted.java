package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import org.jspecify.annotations.Nullable;

/**
 * A worker took a request. This is a report for people; nothing depends on it.
 *
 * @param manifestDigest of the platform that it took, where the stage takes single platforms
 * @param attempt which try of the stage this is; null, as older workers write it, means the first
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StageStarted(
    String requestId,
    Lane lane,
    Stage stage,
    ImageReference image,
    @Nullable Sha256Digest manifestDigest,
    @Nullable Integer attempt)
    implements PipelineEvent {
  public StageStarted {
    RequestIds.check(requestId);
    if (attempt != null && attempt < 1) {
      throw new IllegalArgumentException(
          String.format(
              "stage %s of request %s: found attempt %s, expected 1 or more",
              stage, requestId, attempt));
    }
  }

  @Override
  public String type() {
    return Topics.STAGE_STARTED;
  }

  @Override
  public @Nullable Sha256Digest platformManifest() {
    return manifestDigest;
  }

  @Override
  public String eventId() {
    return requestId
        + "/stage.started/"
        + stage
        + (manifestDigest == null ? "" : "/" + manifestDigest.hex());
  }
}
