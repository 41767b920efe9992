/** Replays dead letters. */
@NullMarked
package io.oci2wasm.gateway.replay;

import org.jspecify.annotations.NullMarked;
