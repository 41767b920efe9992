package io.oci2wasm.gateway.webhook;

import org.jspecify.annotations.Nullable;

/** A body is not in the sender's format at all. */
public final class UnreadableWebhookException extends Exception {
  private static final long serialVersionUID = 1L;

  UnreadableWebhookException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
