/** How senders of webhooks show who they are: each as it can. */
@NullMarked
package io.oci2wasm.gateway.webhook.auth;

import org.jspecify.annotations.NullMarked;
