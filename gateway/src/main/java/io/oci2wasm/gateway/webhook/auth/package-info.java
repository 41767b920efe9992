/** How senders of webhooks authenticate: each in the way that it supports. */
@NullMarked
package io.oci2wasm.gateway.webhook.auth;

import org.jspecify.annotations.NullMarked;
