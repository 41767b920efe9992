/** How much work waits, for metrics, the API and the dashboard. */
@NullMarked
package io.oci2wasm.gateway.queue;

import org.jspecify.annotations.NullMarked;
