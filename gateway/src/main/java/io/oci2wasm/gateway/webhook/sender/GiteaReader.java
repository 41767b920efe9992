package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.required;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gitea and Forgejo, event "package" ("Webhooks"): a container package's version is its tag, or the
 * digest of a manifest without one.
 */
public final class GiteaReader implements SenderReader {
  private final SenderEvents events;

  public GiteaReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(
      @Nullable String action,
      @JsonProperty("package") @Nullable Content content,
      @Nullable User sender) {}

  private record Content(
      @Nullable User owner,
      @Nullable String type,
      @Nullable String name,
      @Nullable String version,
      @Nullable String html_url,
      @Nullable Instant created_at) {}

  private record User(@Nullable String login) {}

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    if (!"package".equals(request.header("X-Gitea-Event"))) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    Body body = Members.parse(request.body(), Body.class, "Gitea package event");
    Content content = required("package", body.content());
    String action = Objects.requireNonNullElse(body.action(), "");
    if (!"container".equals(required("package.type", content.type()))) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    if (body.sender() != null && events.isOwn(body.sender().login())) {
      return WebhookReading.ignored(Ignored.OWN);
    }
    return switch (action) {
      case "created" -> pushed(content);
      case "deleted" -> deleted(content);
      default -> WebhookReading.ignored(Ignored.OTHER);
    };
  }

  private WebhookReading pushed(Content content) throws UnreadableWebhookException {
    String version = required("package.version", content.version());
    ImageReference image =
        new ImageReference(
            host(content), repository(content), Members.tag(version), digest(version));
    return events.pushed(image, null, content.created_at());
  }

  /** When it was deleted is not told: {@code created_at} is when the version was made. */
  private WebhookReading deleted(Content content) throws UnreadableWebhookException {
    String version = required("package.version", content.version());
    return WebhookReading.of(
        events.deleted(
            host(content), repository(content), digest(version), Members.tag(version), null));
  }

  private static @Nullable Sha256Digest digest(String version) {
    return Members.isDigest(version) ? Members.digest(version) : null;
  }

  private String host(Content content) throws UnreadableWebhookException {
    return events.registry("package.html_url", Members.host(content.html_url()));
  }

  /** Owners may have capitals, names of repositories have none. */
  private static String repository(Content content) throws UnreadableWebhookException {
    User owner = required("package.owner", content.owner());
    return (required("package.owner.login", owner.login())
            + "/"
            + required("package.name", content.name()))
        .toLowerCase(Locale.ROOT);
  }
}
