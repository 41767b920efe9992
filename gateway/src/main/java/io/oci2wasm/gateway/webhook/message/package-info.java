/** A webhook as it came, and what it said. */
@NullMarked
package io.oci2wasm.gateway.webhook.message;

import org.jspecify.annotations.NullMarked;
