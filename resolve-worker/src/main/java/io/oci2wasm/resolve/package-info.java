/** The stage that finds an ingested image's platforms. */
@NullMarked
package io.oci2wasm.resolve;

import org.jspecify.annotations.NullMarked;
