package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.sbom.OsPackages;

/**
 * The result of a conversion: the bundle's {@code bundle.json} (conversion id, digests and sizes
 * are in it) and how much of it was work.
 *
 * @param layerCount layers of the image
 * @param layersConverted those of them that were converted now; the others were in the store
 * @param packages the image's, for the bill of materials
 */
public record ConversionResult(
    BundleDescription description, int layerCount, int layersConverted, OsPackages packages) {}
