package io.oci2wasm.api.oci;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The platforms of an image: those to convert, and those left out with the reason. */
public record ImagePlatforms(List<PlatformImage> wanted, List<LeftOut> leftOut) {
  public ImagePlatforms {
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
