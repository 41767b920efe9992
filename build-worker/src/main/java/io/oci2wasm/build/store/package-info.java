/** Converted layers in the object store. */
@NullMarked
package io.oci2wasm.build.store;

import org.jspecify.annotations.NullMarked;
