/** The pipeline's edge: receives webhooks, and serves the state of every request. */
@NullMarked
package io.oci2wasm.gateway;

import org.jspecify.annotations.NullMarked;
