package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Sha256Digest;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The result of writing only a root filesystem.
 *
 * @param sizeBytes size of the EROFS image
 * @param files its files of all types, hard links counted once
 * @param layerCount layers of the image
 * @param layersConverted those of them that were converted now; the others were in the store
 * @param data first blocks of what is copied from layers, up to the next one or the image's end,
 *     and the layers' diffIDs
 */
public record RootfsResult(
    long sizeBytes,
    long files,
    int layerCount,
    int layersConverted,
    NavigableMap<Long, Sha256Digest> data) {
  public RootfsResult {
    data = Collections.unmodifiableNavigableMap(new TreeMap<>(data));
  }

  /** The diffID of the layer that a block of the image is copied from; null of any other block. */
  public @Nullable Sha256Digest layerAt(long block) {
    Map.Entry<Long, Sha256Digest> begun = data.floorEntry(block);
    return begun == null ? null : begun.getValue();
  }
}
