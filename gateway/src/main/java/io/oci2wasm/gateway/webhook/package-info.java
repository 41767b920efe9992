/** Webhooks of registries: authenticates and reads them, and writes them to Kafka. */
@NullMarked
package io.oci2wasm.gateway.webhook;

import org.jspecify.annotations.NullMarked;
