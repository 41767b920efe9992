/** Gives dead letters another try. */
@NullMarked
package io.oci2wasm.gateway.replay;

import org.jspecify.annotations.NullMarked;
