package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.oci.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * One platform manifest is to be converted. {@code outcomes}: how many outcomes the request has in
 * all.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PlatformResolved(
    String requestId,
    Lane lane,
    ImageReference image,
    Platform platform,
    Descriptor manifest,
    int outcomes,
    @Nullable String batchId,
    @Nullable ConversionChoice choice)
    implements PipelineEvent {
  public PlatformResolved {
    RequestIds.check(requestId);
    if (image.digest() == null) {
      throw new IllegalArgumentException(
          "event about " + image + ": found no digest, expected one after ingest");
    }
  }

  /** Belongs to no batch, and converts nothing that is there already. */
  public PlatformResolved(
      String requestId,
      Lane lane,
      ImageReference image,
      Platform platform,
      Descriptor manifest,
      int outcomes) {
    this(requestId, lane, image, platform, manifest, outcomes, null, null);
  }

  @Override
  public String type() {
    return Topics.PLATFORM_RESOLVED;
  }

  @Override
  public Sha256Digest platformManifest() {
    return manifest.digest();
  }
}
