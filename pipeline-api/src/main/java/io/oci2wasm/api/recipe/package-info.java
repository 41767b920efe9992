/** What a stored bundle consists of (docs/FORMATS.md, "Recipe"). */
@NullMarked
package io.oci2wasm.api.recipe;

import org.jspecify.annotations.NullMarked;
