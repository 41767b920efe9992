/** Metrics, health, and the small HTTP server of a worker. */
@NullMarked
package io.oci2wasm.runtime.monitor;

import org.jspecify.annotations.NullMarked;
