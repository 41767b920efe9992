package io.oci2wasm.gateway.webhook.auth;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;

/** A secret as the path's last segment, for senders that can neither sign nor set a header. */
public record PathSecret(Secret secret) implements Authentication {
  @Override
  public boolean admits(WebhookRequest request) {
    String presented = request.pathSecret();
    return presented != null && secret.is(presented);
  }

  @Override
  public String expected() {
    return "the configured secret at the end of the path";
  }
}
