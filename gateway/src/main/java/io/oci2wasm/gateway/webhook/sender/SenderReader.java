package io.oci2wasm.gateway.webhook.sender;

import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;

/** Understands what one sender sends. */
public interface SenderReader {
  /**
   * What {@code request} says.
   *
   * @throws UnreadableWebhookException if nothing of it can be understood
   */
  WebhookReading read(WebhookRequest request) throws UnreadableWebhookException;
}
