package io.oci2wasm.ingest.source;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import java.io.Closeable;
import java.io.IOException;

/** One image in one place, open for reading. Safe for use by several threads. */
public interface ImageSource extends ImageContent, Closeable {
  /**
   * Refuses an image that may not be read, before the place is asked for anything.
   *
   * @throws RejectedException if a rule of ours forbids it
   */
  default void checkAllowed() throws RejectedException {}

  /**
   * The manifest or index the image's name stands for. The first call finds it; later calls give
   * the same, even when a tag has moved meanwhile.
   *
   * @throws RejectedException if there is no such image, or it may not be read
   * @throws IOException if the place does not answer
   */
  Descriptor root() throws RejectedException, IOException;

  /** The image as a user would write it, for messages. */
  String describe();

  /**
   * What stands for {@code image} in the conversion id (docs/FORMATS.md, "Conversion id"): its
   * manifest, unless the place has no manifests.
   */
  default Descriptor identity(PlatformImage image) {
    return image.descriptor();
  }
}
