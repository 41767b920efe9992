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
 * A bundle is there, and is to be trained. This is a request of its own, with one outcome: the
 * bundle with translations.
 *
 * @param conversionId of the bundle that is trained
 * @param options of that bundle; absent means none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TranslationRequested(
    String requestId,
    Lane lane,
    ImageReference image,
    Platform platform,
    Descriptor manifest,
    String conversionId,
    Training training,
    @Nullable ConversionChoice choice,
    @Nullable ConversionOptions options,
    @Nullable Materialize materialize)
    implements PipelineEvent {
  /** Stands in the place of whoever told of the image. */
  public static final String SENDER = "translate";

  public TranslationRequested {
    RequestIds.check(requestId);
    ConversionIds.check(conversionId);
    if (image.digest() == null) {
      throw new IllegalArgumentException(
          "event about " + image + ": found no digest, expected one after ingest");
    }
  }

  /**
   * What follows from {@code resolved} when its bundle {@code conversionId} is there, as its {@code
   * training} says. It yields to all pushes.
   */
  public static TranslationRequested of(
      PlatformResolved resolved, String conversionId, Training training) {
    return new TranslationRequested(
        RequestIds.of(
            SENDER,
            resolved.image().registry(),
            resolved.requestId() + "/" + resolved.manifest().digest().hex()),
        Lane.BULK,
        resolved.image(),
        resolved.platform(),
        resolved.manifest(),
        conversionId,
        training,
        resolved.choice(),
        resolved.options(),
        resolved.materialize());
  }

  public ConversionOptions optionsOrNone() {
    return options == null ? ConversionOptions.NONE : options;
  }

  @Override
  public String type() {
    return Topics.TRANSLATION_REQUESTED;
  }

  @Override
  public Sha256Digest platformManifest() {
    return manifest.digest();
  }
}
