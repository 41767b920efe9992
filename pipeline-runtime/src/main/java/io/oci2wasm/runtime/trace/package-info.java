/** Traces: the way of a request through the parts, for an OpenTelemetry collector. */
@NullMarked
package io.oci2wasm.runtime.trace;

import org.jspecify.annotations.NullMarked;
