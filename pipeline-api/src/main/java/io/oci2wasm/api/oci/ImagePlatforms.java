package io.oci2wasm.api.oci;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The platforms of an image: those to convert, and those left out with the reason.
 *
 * @param children all manifests and indexes that its indexes list, attestations too
 */
public record ImagePlatforms(
    List<PlatformImage> wanted, List<LeftOut> leftOut, List<Sha256Digest> children) {
  public ImagePlatforms {
    children = List.copyOf(children);
    wanted = List.copyOf(wanted);
    leftOut = List.copyOf(leftOut);
  }

  /** A child that is not converted. {@code failed}: it should have been. */
  public record LeftOut(
      Descriptor descriptor,
      @Nullable Platform platform,
      Reason reason,
      String message,
      boolean failed) {}
}
