package io.oci2wasm.gateway.webhook.auth;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;

/** Gives the same answer to everyone. */
record Fixed(boolean admits, String expected) implements Authentication {
  @Override
  public boolean admits(WebhookRequest request) {
    return admits;
  }
}
