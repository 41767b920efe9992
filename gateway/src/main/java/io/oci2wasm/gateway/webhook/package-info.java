/** Webhooks of registries: who may send, what was said, and the way of it into Kafka. */
@NullMarked
package io.oci2wasm.gateway.webhook;

import org.jspecify.annotations.NullMarked;
