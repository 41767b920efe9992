/** Computes the stored things from the topics, and forgets what ended long ago. */
@NullMarked
package io.oci2wasm.gateway.state.projection;

import org.jspecify.annotations.NullMarked;
