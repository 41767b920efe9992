/** A received webhook, and its content. */
@NullMarked
package io.oci2wasm.gateway.webhook.message;

import org.jspecify.annotations.NullMarked;
