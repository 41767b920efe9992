package io.oci2wasm.converter.convert;

/**
 * The result of writing only a root filesystem.
 *
 * @param sizeBytes size of the EROFS image
 * @param files its files of all types, hard links counted once
 * @param layerCount layers of the image
 * @param layersConverted those of them that were converted now; the others were in the store
 */
public record RootfsResult(long sizeBytes, long files, int layerCount, int layersConverted) {}
