package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import org.jspecify.annotations.Nullable;

/**
 * A platform's bundle is in the object store. {@code reused}: it was there before, nothing was
 * converted.
 *
 * @param translated what its translations come from; absent of a bundle without them
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BundleBuilt(
    String requestId,
    Lane lane,
    String conversionId,
    ImageReference image,
    Platform platform,
    Sha256Digest manifestDigest,
    boolean reused,
    StoredBundle bundle,
    @Nullable StoredRecipe recipe,
    Layers layers,
    long durationMs,
    @Nullable Translated translated)
    implements PipelineEvent {
  public BundleBuilt {
    RequestIds.check(requestId);
    ConversionIds.check(conversionId);
    if (image.digest() == null) {
      throw new IllegalArgumentException(
          "event about " + image + ": found no digest, expected one after ingest");
    }
    if (recipe == null && (bundle.objectKey() == null || bundle.digest() == null)) {
      throw new IllegalArgumentException(
          "event about "
              + image
              + ": found no recipe, expected one, or a bundle with objectKey and digest");
    }
  }

  /** A bundle without translations. */
  public BundleBuilt(
      String requestId,
      Lane lane,
      String conversionId,
      ImageReference image,
      Platform platform,
      Sha256Digest manifestDigest,
      boolean reused,
      StoredBundle bundle,
      @Nullable StoredRecipe recipe,
      Layers layers,
      long durationMs) {
    this(
        requestId,
        lane,
        conversionId,
        image,
        platform,
        manifestDigest,
        reused,
        bundle,
        recipe,
        layers,
        durationMs,
        null);
  }

  /**
   * The module.
   *
   * @param objectKey where it lies, if it is stored
   * @param digest if it is known by then
   * @param data its data file; absent where the bundle is one file
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record StoredBundle(
      @Nullable String objectKey,
      @Nullable Sha256Digest digest,
      long size,
      @Nullable StoredData data) {
    /** A bundle in one file. */
    public StoredBundle(@Nullable String objectKey, @Nullable Sha256Digest digest, long size) {
      this(objectKey, digest, size, null);
    }
  }

  /** The data file of a split bundle: its name, and its size in bytes. */
  public record StoredData(String file, long size) {}

  /** The bundle's identity; bundles of earlier versions have none. */
  public record StoredRecipe(Sha256Digest digest, long size) {}

  /** How many layers the image has, and how many of them were converted for this bundle. */
  public record Layers(int count, int converted) {}

  @Override
  public String type() {
    return Topics.BUNDLE_BUILT;
  }

  @Override
  public Sha256Digest platformManifest() {
    return manifestDigest;
  }
}
