/** Tells subscribers over HTTP how conversions ended. */
@NullMarked
package io.oci2wasm.gateway.subscriber;

import org.jspecify.annotations.NullMarked;
