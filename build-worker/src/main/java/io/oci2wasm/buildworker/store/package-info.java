/** Converted layers in the object store. */
@NullMarked
package io.oci2wasm.buildworker.store;

import org.jspecify.annotations.NullMarked;
