package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.oci.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * One platform manifest is to be converted. {@code outcomes}: how many outcomes the request has in
 * all. {@code options}: absent means none. {@code materialize}: absent means as the build-worker's
 * configuration says.
 *
 * @param training how the bundle is trained when it is built; absent means not at all
 * @param translated of a bundle that is to have translations: what they come from
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
    @Nullable ConversionChoice choice,
    @Nullable ConversionOptions options,
    @Nullable Materialize materialize,
    @Nullable Training training,
    @Nullable Translated translated)
    implements PipelineEvent {
  public PlatformResolved {
    RequestIds.check(requestId);
    Outcomes.check(outcomes);
    if (image.digest() == null) {
      throw new IllegalArgumentException(
          "event about " + image + ": found no digest, expected one after ingest");
    }
    if ((translated == null) != (options == null || options.translation() == null)) {
      throw new IllegalArgumentException(
          String.format(
              "event about %s: found translated %s beside options %s, expected both or none to"
                  + " speak of a translation",
              image, translated, options));
    }
  }

  /** Belongs to no batch, converts nothing that is there already, and has no options. */
  public PlatformResolved(
      String requestId,
      Lane lane,
      ImageReference image,
      Platform platform,
      Descriptor manifest,
      int outcomes) {
    this(requestId, lane, image, platform, manifest, outcomes, null, null, null);
  }

  /** Is not trained, has no translations, and is stored as is configured. */
  public PlatformResolved(
      String requestId,
      Lane lane,
      ImageReference image,
      Platform platform,
      Descriptor manifest,
      int outcomes,
      @Nullable String batchId,
      @Nullable ConversionChoice choice,
      @Nullable ConversionOptions options) {
    this(
        requestId, lane, image, platform, manifest, outcomes, batchId, choice, options, null, null,
        null);
  }

  public ConversionOptions optionsOrNone() {
    return options == null ? ConversionOptions.NONE : options;
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
