/** Batches, and their images. */
@NullMarked
package io.oci2wasm.gateway.state.batch;

import org.jspecify.annotations.NullMarked;
