package io.oci2wasm.gateway.webhook.sender;

import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;

/**
 * Azure Container Registry ("Azure Container Registry webhook reference"): one event of
 * Distribution's kind. Charts have actions of their own, and {@code ping} tries the connection: all
 * of these are ignored.
 */
public final class AcrReader implements SenderReader {
  private final DistributionEventReader events;

  public AcrReader(SenderEvents events) {
    this.events = new DistributionEventReader(events);
  }

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    return events.read(Members.parse(request.body(), DistributionEvent.class, "ACR webhook"));
  }
}
