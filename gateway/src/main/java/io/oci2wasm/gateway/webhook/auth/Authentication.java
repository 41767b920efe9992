package io.oci2wasm.gateway.webhook.auth;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;

/** How one sender shows who it is. What is missing is refused like what is wrong. */
public interface Authentication {
  /**
   * Whether this request comes from who has the secret.
   *
   * @throws UnavailableException if that cannot be told now
   */
  boolean admits(WebhookRequest request) throws UnavailableException;

  /** What a refused sender should have sent; says nothing of the secret. */
  String expected();

  /** Lets everyone in: for a gateway on loopback that has no secret at all. */
  static Authentication open() {
    return new Fixed(true, "anything");
  }

  /** Lets nobody in, because {@code key} of the configuration is not there. */
  static Authentication unconfigured(String key) {
    return new Fixed(false, "nothing: this sender is refused until " + key + " is configured");
  }
}
