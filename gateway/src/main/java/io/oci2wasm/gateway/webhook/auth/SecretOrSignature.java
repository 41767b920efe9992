package io.oci2wasm.gateway.webhook.auth;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;

/** JFrog's: the secret itself, or the body's HMAC-SHA256 in hex, as its webhook is set up. */
public record SecretOrSignature(String header, Secret secret) implements Authentication {
  @Override
  public boolean admits(WebhookRequest request) {
    String value = request.header(header);
    return value != null && (secret.is(value) || secret.signed(request.body(), value));
  }

  @Override
  public String expected() {
    return "the configured secret, or the HMAC-SHA256 of the body under it, as " + header;
  }
}
