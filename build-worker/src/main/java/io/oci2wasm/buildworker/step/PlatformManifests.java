package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.ImagePlatforms;
import io.oci2wasm.api.oci.ImagePlatforms.LeftOut;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import java.io.IOException;

/** Reads a platform's manifest and config from the store. */
final class PlatformManifests {
  private PlatformManifests() {}

  /**
   * The image that {@code manifest} describes.
   *
   * @param platform an index may state it more exactly than the config does
   * @throws RejectedException if there is none
   */
  static PlatformImage image(ImageContent content, Descriptor manifest, Platform platform)
      throws RejectedException, IOException {
    ImagePlatforms platforms = ImageWalk.walk(manifest, content, any -> true);
    if (platforms.wanted().isEmpty()) {
      LeftOut why = platforms.leftOut().get(0);
      throw new RejectedException(why.reason(), why.message());
    }
    PlatformImage image = platforms.wanted().get(0);
    return new PlatformImage(platform, image.descriptor(), image.manifest(), image.config());
  }
}
