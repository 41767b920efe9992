package io.oci2wasm.converter.rootfs;

/**
 * Limits for a layer and an image. Whatever exceeds one is refused with {@code layer-refused}.
 *
 * @param maxLayers layers of an image; docker itself stops at 127
 * @param maxLayerBytes bytes of one unpacked layer, holes of sparse files included
 * @param maxExpansion how many times larger than its blob a layer of over {@link
 *     #EXPANSION_FREE_BYTES} may be: DEFLATE reaches 1032, real layers 2 to 10
 * @param maxEntries entries of all layers of an image, with the directories they imply
 * @param maxMetadataBytes names, link targets and attributes of these: the merge holds them in
 *     memory
 * @param maxPathBytes bytes of a path or link target (Linux: PATH_MAX)
 * @param maxXattrBytes names and values of one file's extended attributes (Linux: XATTR_LIST_MAX)
 * @param maxHeaderBytes bytes of one PAX or GNU long-name header
 */
public record LayerLimits(
    int maxLayers,
    long maxLayerBytes,
    int maxExpansion,
    int maxEntries,
    long maxMetadataBytes,
    int maxPathBytes,
    int maxXattrBytes,
    int maxHeaderBytes) {
  /** Below this many bytes {@link #maxExpansion} does not count: a file of zeros is no bomb. */
  public static final long EXPANSION_FREE_BYTES = 1L << 30;

  public static final LayerLimits DEFAULT =
      new LayerLimits(512, 64L << 30, 200, 1_000_000, 256L << 20, 4096, 64 << 10, 1 << 20);

  public LayerLimits {
    if (maxLayers < 1
        || maxLayerBytes < 1
        || maxExpansion < 1
        || maxEntries < 1
        || maxMetadataBytes < 1
        || maxPathBytes < 1
        || maxXattrBytes < 0
        || maxHeaderBytes < 1) {
      throw new IllegalArgumentException(
          "layer limits: found one that is not positive, expected positive numbers");
    }
  }
}
