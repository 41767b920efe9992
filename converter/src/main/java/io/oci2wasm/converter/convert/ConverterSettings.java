package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.converter.rootfs.LayerLimits;
import java.nio.file.Path;

/**
 * Folder and limits of a converter.
 *
 * @param scratch an existing directory for temporary files; each conversion uses, and removes, a
 *     directory of its own in it
 * @param parallelLayers how many layers of an image are converted at once; two threads of each are
 *     busy, two hash now and then
 * @param maxModuleBytes a larger module is refused, or split where that is wanted
 * @param maxStoredBytes larger bundles are refused as recipes; of a split one both files count
 * @param compression of layers and metadata
 */
public record ConverterSettings(
    Path scratch,
    int parallelLayers,
    LayerLimits limits,
    long maxModuleBytes,
    long maxStoredBytes,
    FrameCompression compression) {
  public ConverterSettings {
    if (parallelLayers < 1) {
      throw new IllegalArgumentException(
          "converter settings: found parallelLayers " + parallelLayers + ", expected at least 1");
    }
  }

  /** Default limits, and a layer at once for every two processors. */
  public static ConverterSettings withDefaults(Path scratch) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new ConverterSettings(
        scratch,
        Math.max(1, processors / 2),
        LayerLimits.DEFAULT,
        BundleWriter.MAX_MODULE_BYTES,
        BundleWriter.MAX_MODULE_BYTES,
        FrameCompression.DEFAULT);
  }

  /** The same with another compression. */
  public ConverterSettings withCompression(FrameCompression other) {
    return new ConverterSettings(
        scratch, parallelLayers, limits, maxModuleBytes, maxStoredBytes, other);
  }

  /** Names what the packed layers of this converter's bundles are like. */
  public String packerVersion() {
    return ConverterVersion.packer(Tails.IN_DATA, compression);
  }
}
