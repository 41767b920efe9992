package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.required;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Quay ("Repository notifications", event "Push to Repository"): one push for each tag, which
 * ingest resolves. Its other events (builds, vulnerabilities) have no {@code updated_tags}.
 */
public final class QuayReader implements SenderReader {
  private final SenderEvents events;

  public QuayReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(
      @Nullable String repository,
      @Nullable String docker_url,
      @Nullable List<@Nullable String> updated_tags) {}

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    Body body = Members.parse(request.body(), Body.class, "Quay notification");
    String repository = required("repository", body.repository());
    if (body.updated_tags() == null) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    String registry = events.registry("docker_url", Members.host(body.docker_url()));
    List<WebhookReading> readings = new ArrayList<>();
    for (String tag : body.updated_tags()) {
      readings.add(push(registry, repository, tag));
    }
    return WebhookReading.all(readings);
  }

  private WebhookReading push(String registry, String repository, @Nullable String tag) {
    try {
      ImageReference image =
          new ImageReference(registry, repository, required("updated_tags", tag), null);
      return events.pushed(image, null, null);
    } catch (UnreadableWebhookException | IllegalArgumentException e) {
      return WebhookReading.unreadable(String.valueOf(e.getMessage()));
    }
  }
}
