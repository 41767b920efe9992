package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.required;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Google Artifact Registry's topic {@code gcr}, pushed by Pub/Sub ("Configure Pub/Sub
 * notifications", "Push subscriptions"): the event is in the message's data, in base64.
 */
public final class GarReader implements SenderReader {
  private final SenderEvents events;

  public GarReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(@Nullable Message message) {
    private record Message(
        @Nullable String data, @Nullable String messageId, @Nullable Instant publishTime) {}
  }

  private record Event(@Nullable String action, @Nullable String digest, @Nullable String tag) {}

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    Body body = Members.parse(request.body(), Body.class, "Pub/Sub push");
    Body.Message message = required("message", body.message());
    Event event =
        Members.parse(
            Base64.getDecoder().decode(required("message.data", message.data())),
            Event.class,
            "Artifact Registry event");
    return switch (required("action", event.action())) {
      case "INSERT" ->
          events.pushed(
              required("message.messageId", message.messageId()),
              image(event),
              null,
              message.publishTime());
      case "DELETE" -> deleted(image(event), message);
      default -> WebhookReading.ignored(Ignored.OTHER);
    };
  }

  private WebhookReading deleted(ImageReference image, Body.Message message) {
    return WebhookReading.of(
        events.deleted(
            image.registry(),
            image.repository(),
            image.digest(),
            image.tag(),
            message.publishTime()));
  }

  /** Either reference may be absent; both name the same repository. */
  private static ImageReference image(Event event) throws UnreadableWebhookException {
    ImageReference byDigest = event.digest() == null ? null : ImageReference.parse(event.digest());
    ImageReference byTag = event.tag() == null ? null : ImageReference.parse(event.tag());
    if (byTag != null && byDigest != null && byDigest.digest() != null) {
      return byTag.withDigest(byDigest.digest());
    }
    return required("digest or tag", byTag != null ? byTag : byDigest);
  }
}
