/** Dead letters and their replays. */
@NullMarked
package io.oci2wasm.gateway.state.letter;

import org.jspecify.annotations.NullMarked;
