package io.oci2wasm.gateway.webhook.message;

import org.jspecify.annotations.Nullable;

/** A body, or one event of it, cannot be understood. Sending it again will not help. */
public final class UnreadableWebhookException extends Exception {
  private static final long serialVersionUID = 1L;

  public UnreadableWebhookException(String message) {
    this(message, null);
  }

  public UnreadableWebhookException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Never null. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
