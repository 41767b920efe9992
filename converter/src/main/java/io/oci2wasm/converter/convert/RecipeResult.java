package io.oci2wasm.converter.convert;

import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.sbom.OsPackages;

/**
 * The result of a conversion to a recipe.
 *
 * @param description {@code bundle.json}, with the recipe named
 * @param layerCount layers of the image
 * @param layersConverted those of them that were converted now; the others were in the store
 * @param packages the image's, for the bill of materials
 */
public record RecipeResult(
    BundleDescription description,
    Recipe recipe,
    int layerCount,
    int layersConverted,
    OsPackages packages) {}
