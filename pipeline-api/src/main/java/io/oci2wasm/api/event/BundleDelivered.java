package io.oci2wasm.api.event;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;

/**
 * A bundle is in a registry now, or was found there. This is a report for people; nothing depends
 * on it.
 *
 * @param image whose bundle it is
 * @param manifestDigest of the platform that was converted
 * @param delivered the bundle's own manifest, with its tag where it got one
 * @param signed whether attestations about it are there, signed by the key of the configuration
 */
public record BundleDelivered(
    String requestId,
    Lane lane,
    String conversionId,
    ImageReference image,
    Platform platform,
    Sha256Digest manifestDigest,
    ImageReference delivered,
    boolean signed)
    implements PipelineEvent {
  public BundleDelivered {
    RequestIds.check(requestId);
    ConversionIds.check(conversionId);
    if (delivered.digest() == null) {
      throw new IllegalArgumentException(
          "delivered: found " + delivered + " without a digest, expected that of a manifest");
    }
  }

  @Override
  public String type() {
    return Topics.BUNDLE_DELIVERED;
  }

  @Override
  public Sha256Digest platformManifest() {
    return manifestDigest;
  }
}
