package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.digest;
import static io.oci2wasm.gateway.webhook.sender.Members.required;
import static io.oci2wasm.gateway.webhook.sender.Members.tag;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** zot's CloudEvents (zot, "Events"); they do not tell the registry's host. */
public final class ZotReader implements SenderReader {
  private final SenderEvents events;

  public ZotReader(SenderEvents events) {
    this.events = events;
  }

  /** {@code manifest} is the manifest itself, as text. */
  private record Data(
      @Nullable String name,
      @Nullable String reference,
      @Nullable String digest,
      @Nullable String mediaType,
      @Nullable String manifest) {}

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    CloudEvent event = CloudEvents.read(request);
    return switch (event.getType()) {
      case "zotregistry.image.updated" -> pushed(event, data(event));
      case "zotregistry.image.deleted" -> deleted(event, data(event));
      default -> WebhookReading.ignored(Ignored.OTHER);
    };
  }

  private static Data data(CloudEvent event) throws UnreadableWebhookException {
    return CloudEvents.data(event, Data.class, "zot image event");
  }

  private WebhookReading pushed(CloudEvent event, Data data) throws UnreadableWebhookException {
    if (isArtifact(data.manifest())) {
      return WebhookReading.ignored(Ignored.ARTIFACT);
    }
    ImageReference image =
        new ImageReference(
            events.registry("the event", null),
            required("data.name", data.name()),
            tag(data.reference()),
            digest(data.digest()));
    return events.pushed(event.getId(), image, data.mediaType(), CloudEvents.time(event));
  }

  private WebhookReading deleted(CloudEvent event, Data data) throws UnreadableWebhookException {
    return WebhookReading.of(
        events.untagged(
            events.registry("the event", null),
            required("data.name", data.name()),
            digest(data.digest()),
            tag(data.reference()),
            CloudEvents.time(event)));
  }

  /** What cannot be read here is for ingest, which fetches the manifest itself. */
  private static boolean isArtifact(@Nullable String manifest) {
    try {
      JsonNode read = Json.MAPPER.readTree(manifest == null ? "" : manifest);
      List<String> layers = new ArrayList<>();
      for (JsonNode layer : read.path("layers")) {
        layers.add(layer.path("mediaType").asText());
      }
      return Artifacts.isArtifact(read.path("artifactType").asText(null))
          || Artifacts.isArtifact(read.path("config").path("mediaType").asText(null), layers);
    } catch (JsonProcessingException e) {
      return false;
    }
  }
}
