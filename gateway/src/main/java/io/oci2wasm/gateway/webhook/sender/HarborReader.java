package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.digest;
import static io.oci2wasm.gateway.webhook.sender.Members.required;
import static io.oci2wasm.gateway.webhook.sender.Members.tag;

import io.cloudevents.CloudEvent;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Harbor in both payload formats ("Configure Webhook Notifications"): its own, and CloudEvents
 * since 2.8, which wraps the same data.
 */
public final class HarborReader implements SenderReader {
  private static final String STRUCTURED = "application/cloudevents+json";

  private final SenderEvents events;

  public HarborReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(
      @Nullable String type,
      @Nullable Instant occur_at,
      @Nullable String operator,
      @Nullable Data event_data) {}

  private record Data(
      @Nullable List<@Nullable Resource> resources, @Nullable Repository repository) {}

  private record Resource(
      @Nullable String digest, @Nullable String tag, @Nullable String resource_url) {}

  private record Repository(@Nullable String repo_full_name) {}

  /** What both formats tell. */
  private record Event(String type, @Nullable Instant at, @Nullable Object id, Data data) {}

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    String contentType = Objects.requireNonNullElse(request.header("Content-Type"), "");
    if (contentType.startsWith(STRUCTURED)) {
      CloudEvent event = CloudEvents.read(request);
      return events.isOwn(Objects.toString(event.getExtension("operator"), null))
          ? WebhookReading.ignored(Ignored.OWN)
          : read(event.getType(), CloudEvents.time(event), event.getId(), () -> data(event));
    }
    Body body = Members.parse(request.body(), Body.class, "Harbor webhook");
    return events.isOwn(body.operator())
        ? WebhookReading.ignored(Ignored.OWN)
        : read(
            required("type", body.type()),
            body.occur_at(),
            null,
            () -> required("event_data", body.event_data()));
  }

  private interface DataReader {
    Data read() throws UnreadableWebhookException;
  }

  private static Data data(CloudEvent event) throws UnreadableWebhookException {
    return CloudEvents.data(event, Data.class, "Harbor artifact event");
  }

  private WebhookReading read(
      String type, @Nullable Instant at, @Nullable Object id, DataReader data)
      throws UnreadableWebhookException {
    return switch (type) {
      case "PUSH_ARTIFACT",
          "harbor.artifact.pushed",
          "DELETE_ARTIFACT",
          "harbor.artifact.deleted" ->
          resources(new Event(type, at, id, data.read()));
      default -> WebhookReading.ignored(Ignored.OTHER);
    };
  }

  private WebhookReading resources(Event event) throws UnreadableWebhookException {
    Repository repository = required("repository", event.data().repository());
    String name = required("repository.repo_full_name", repository.repo_full_name());
    List<WebhookReading> readings = new ArrayList<>();
    for (Resource resource : required("resources", event.data().resources())) {
      try {
        readings.add(resource(event, name, required("resources", resource)));
      } catch (UnreadableWebhookException | IllegalArgumentException e) {
        readings.add(WebhookReading.unreadable(String.valueOf(e.getMessage())));
      }
    }
    return WebhookReading.all(readings);
  }

  private WebhookReading resource(Event event, String repository, Resource resource)
      throws UnreadableWebhookException {
    String registry = events.registry("resource_url", Members.host(resource.resource_url()));
    if (event.type().startsWith("DELETE") || event.type().endsWith("deleted")) {
      return WebhookReading.of(
          events.deleted(
              registry, repository, digest(resource.digest()), tag(resource.tag()), event.at()));
    }
    ImageReference image =
        new ImageReference(registry, repository, tag(resource.tag()), digest(resource.digest()));
    return events.pushed(image, null, event.at(), event.id());
  }
}
