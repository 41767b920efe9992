/** Metrics and health, and the small server that shows those of a worker. */
@NullMarked
package io.oci2wasm.runtime.monitor;

import org.jspecify.annotations.NullMarked;
