/** Sends the outcome of conversions to subscribers over HTTP. */
@NullMarked
package io.oci2wasm.gateway.subscriber;

import org.jspecify.annotations.NullMarked;
