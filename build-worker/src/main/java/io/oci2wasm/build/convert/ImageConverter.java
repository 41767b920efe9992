package io.oci2wasm.build.convert;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.build.bundle.Engine;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Turns one platform of an image into a bundle, or into its root filesystem alone. Layers that the
 * store has already are not converted again; the others are converted in parallel, streaming, each
 * verified against its digest and its diffID.
 *
 * <p>The same image, engine and versions give the same bytes, whatever the store held before. May
 * be used by several threads.
 *
 * <p>An image's {@code descriptor} is its manifest's; for a docker archive, which has none, its
 * config's.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ImageConverter {
  private final LayerStore store;
  private final ConverterSettings settings;

  public ImageConverter(LayerStore store, ConverterSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  /**
   * Writes the bundle to {@code output}, which appears only when it is whole.
   *
   * @throws RejectedException if the image cannot be converted, now or later
   * @throws IOException if reading or writing failed
   */
  public ConversionResult convert(
      PlatformImage image,
      ImageContent content,
      Engine engine,
      Path output,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    throw new UnsupportedOperationException(store + " " + settings);
  }

  /**
   * Writes only the EROFS image to {@code output}, which appears only when it is whole. Needs no
   * engine: any architecture will do.
   *
   * @throws RejectedException if the image cannot be converted, now or later
   * @throws IOException if reading or writing failed
   */
  public RootfsResult rootfs(
      PlatformImage image, ImageContent content, Path output, ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    throw new UnsupportedOperationException(store + " " + settings);
  }
}
