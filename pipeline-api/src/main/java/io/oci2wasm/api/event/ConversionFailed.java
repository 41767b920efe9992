package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import org.jspecify.annotations.Nullable;

/**
 * A platform, or a whole request, could not be converted. {@code platform}, {@code manifestDigest}
 * and {@code outcomes} are absent when the whole request ends this way.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ConversionFailed(
    String requestId,
    Lane lane,
    Stage stage,
    ImageReference image,
    @Nullable Platform platform,
    @Nullable Sha256Digest manifestDigest,
    Reason reason,
    String message,
    @Nullable Integer outcomes)
    implements PipelineEvent {
  public ConversionFailed {
    RequestIds.check(requestId);
    Outcomes.check(outcomes);
    message = Messages.bounded(message);
  }

  @Override
  public String type() {
    return Topics.CONVERSION_FAILED;
  }

  @Override
  public @Nullable Sha256Digest platformManifest() {
    return manifestDigest;
  }
}
