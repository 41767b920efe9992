/** What registries send, copied down to what we read. */
@NullMarked
package io.oci2wasm.gateway.webhook;

import org.jspecify.annotations.NullMarked;
