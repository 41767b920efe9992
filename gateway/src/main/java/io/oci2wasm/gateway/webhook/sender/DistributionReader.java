package io.oci2wasm.gateway.webhook.sender;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Notifications of the Distribution registry, and of self-managed GitLab.
 *
 * <p>Distribution keeps one queue and retries any answer but a 2xx for ever, so an event that
 * cannot be understood must not refuse its whole body: it becomes a dead letter, and the others
 * count.
 */
public final class DistributionReader implements SenderReader {
  private final DistributionEventReader events;

  public DistributionReader(SenderEvents events) {
    this.events = new DistributionEventReader(events);
  }

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    JsonNode list =
        Members.parse(request.body(), JsonNode.class, "Distribution notification").path("events");
    if (!list.isArray()) {
      throw new UnreadableWebhookException(
          "webhook: found no member \"events\" with a list, expected a Distribution notification");
    }
    List<WebhookReading> readings = new ArrayList<>();
    for (JsonNode node : list) {
      readings.add(event(node));
    }
    return WebhookReading.all(readings);
  }

  private WebhookReading event(JsonNode node) {
    try {
      DistributionEvent event = Json.MAPPER.treeToValue(node, DistributionEvent.class);
      return event == null ? WebhookReading.unreadable("event: found null") : events.read(event);
    } catch (JsonProcessingException e) {
      return WebhookReading.unreadable("event: " + e.getOriginalMessage());
    } catch (UnreadableWebhookException | IllegalArgumentException e) {
      return WebhookReading.unreadable(String.valueOf(e.getMessage()));
    }
  }
}
