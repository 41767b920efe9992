package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.digest;
import static io.oci2wasm.gateway.webhook.sender.Members.required;
import static io.oci2wasm.gateway.webhook.sender.Members.tag;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * GitHub Packages, events {@code package} and {@code registry_package} ("Webhook events and
 * payloads"). Both tell of the same push: they give it the same id.
 */
public final class GithubReader implements SenderReader {
  private static final Set<String> EVENTS = Set.of("package", "registry_package");
  private static final Set<String> PUSHES = Set.of("published", "updated");

  private final SenderEvents events;

  public GithubReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(
      @Nullable String action,
      @JsonProperty("package") @Nullable Content content,
      @JsonProperty("registry_package") @Nullable Content registryContent,
      @Nullable User sender) {}

  private record Content(
      @Nullable String package_type,
      @Nullable String name,
      @Nullable String namespace,
      @Nullable Version package_version) {}

  /** {@code container_metadata} is empty text where there is none. */
  private record Version(
      @Nullable String version,
      @Nullable String package_url,
      @Nullable Instant updated_at,
      @Nullable JsonNode container_metadata) {}

  private record User(@Nullable String login) {}

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    String event = request.header("X-GitHub-Event");
    if (event == null || !EVENTS.contains(event)) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    Body body = Members.parse(request.body(), Body.class, "GitHub package event");
    Content content =
        required(event, event.equals("package") ? body.content() : body.registryContent());
    if (body.action() == null
        || !PUSHES.contains(body.action())
        || !"container".equalsIgnoreCase(required("package_type", content.package_type()))) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    if (body.sender() != null && events.isOwn(body.sender().login())) {
      return WebhookReading.ignored(Ignored.OWN);
    }
    return pushed(content, required("package_version", content.package_version()));
  }

  private WebhookReading pushed(Content content, Version version)
      throws UnreadableWebhookException {
    JsonNode metadata = version.container_metadata();
    JsonNode held = metadata == null ? MissingNode.getInstance() : metadata;
    if (isArtifact(held.path("manifest"))) {
      return WebhookReading.ignored(Ignored.ARTIFACT);
    }
    String digest = held.path("tag").path("digest").asText("");
    ImageReference image =
        new ImageReference(
            events.registry("package_url", Members.host(version.package_url())),
            (required("namespace", content.namespace()) + "/" + required("name", content.name()))
                .toLowerCase(Locale.ROOT),
            tag(held.path("tag").path("name").asText(null)),
            digest(digest.isEmpty() ? version.version() : digest));
    return events.pushed(image, null, version.updated_at());
  }

  /** Of an index neither config nor layers are told. */
  private static boolean isArtifact(JsonNode manifest) {
    List<String> layers = new ArrayList<>();
    for (JsonNode layer : manifest.path("layers")) {
      layers.add(layer.path("media_type").asText());
    }
    return Artifacts.isArtifact(manifest.path("config").path("media_type").asText(null), layers);
  }
}
