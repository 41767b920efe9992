package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.bundle.BundleDescription;

/**
 * The result of a conversion: the bundle's {@code bundle.json} (conversion id, digests and sizes
 * are in it) and how much of it was work.
 *
 * @param layerCount layers of the image
 * @param layersConverted those of them that were converted now; the others were in the store
 */
public record ConversionResult(
    BundleDescription description, int layerCount, int layersConverted) {}
