/** Reads bundles out of the object store (docs/FORMATS.md, "Recipe"). */
@NullMarked
package io.oci2wasm.runtime.bundle;

import org.jspecify.annotations.NullMarked;
