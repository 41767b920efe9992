package io.oci2wasm.gateway.webhook.auth;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;

/**
 * The HMAC-SHA256 of the raw body in hex.
 *
 * @param prefix what stands before it, e.g. {@code sha256=}
 */
public record BodySignature(String header, String prefix, Secret secret) implements Authentication {
  @Override
  public boolean admits(WebhookRequest request) {
    String value = request.header(header);
    return value != null
        && value.startsWith(prefix)
        && secret.signed(request.body(), value.substring(prefix.length()));
  }

  @Override
  public String expected() {
    return String.format(
        "the HMAC-SHA256 of the body under the configured secret as %s: %sHEX", header, prefix);
  }
}
