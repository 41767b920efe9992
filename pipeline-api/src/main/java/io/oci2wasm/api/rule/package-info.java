/** Which images are converted, for which platforms (docs/oci2wasm.reference.yaml, "conversion"). */
@NullMarked
package io.oci2wasm.api.rule;

import org.jspecify.annotations.NullMarked;
