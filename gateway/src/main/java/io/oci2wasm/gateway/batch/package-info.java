/** Many images converted in the bulk lane: listed, begun bit by bit, paused and cancelled. */
@NullMarked
package io.oci2wasm.gateway.batch;

import org.jspecify.annotations.NullMarked;
