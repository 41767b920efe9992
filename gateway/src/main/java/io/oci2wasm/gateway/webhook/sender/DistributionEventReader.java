package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.digest;
import static io.oci2wasm.gateway.webhook.sender.Members.required;
import static io.oci2wasm.gateway.webhook.sender.Members.tag;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.sender.DistributionEvent.Target;

/** What one event of Distribution's kind says. */
final class DistributionEventReader {
  private final SenderEvents events;

  DistributionEventReader(SenderEvents events) {
    this.events = events;
  }

  WebhookReading read(DistributionEvent event) throws UnreadableWebhookException {
    if (event.actor() != null && events.isOwn(event.actor().name())) {
      return WebhookReading.IGNORED;
    }
    return switch (required("action", event.action())) {
      case "push" -> pushed(event, required("target", event.target()));
      case "delete" -> deleted(event, required("target", event.target()));
      default -> WebhookReading.IGNORED;
    };
  }

  private WebhookReading pushed(DistributionEvent event, Target target)
      throws UnreadableWebhookException {
    if (!isImage(target)) {
      return WebhookReading.IGNORED;
    }
    ImageReference image =
        new ImageReference(
            host(event),
            required("target.repository", target.repository()),
            tag(target.tag()),
            digest(target.digest()));
    return events.pushed(required("id", event.id()), image, target.mediaType(), event.timestamp());
  }

  /** Distribution tells of deleted blobs in the same way, but for the path of their address. */
  private WebhookReading deleted(DistributionEvent event, Target target)
      throws UnreadableWebhookException {
    if (target.url() != null && target.url().contains("/blobs/")) {
      return WebhookReading.IGNORED;
    }
    return WebhookReading.of(
        events.deleted(
            host(event),
            required("target.repository", target.repository()),
            digest(target.digest()),
            tag(target.tag()),
            event.timestamp()));
  }

  private String host(DistributionEvent event) throws UnreadableWebhookException {
    return events.registry("request.host", event.request() == null ? null : event.request().host());
  }

  /** Types we do not know but that lie among manifests are for ingest to refuse, with a reason. */
  private static boolean isImage(Target target) {
    String mediaType = target.mediaType();
    boolean manifest =
        mediaType != null
            && (MediaTypes.isIndex(mediaType)
                || MediaTypes.isManifest(mediaType)
                || MediaTypes.isSchema1(mediaType));
    boolean amongManifests = target.url() != null && target.url().contains("/manifests/");
    return (manifest || amongManifests) && !convertsToNothing(target);
  }

  private static boolean convertsToNothing(Target target) {
    return target.references() != null
        && target.references().stream()
            .anyMatch(held -> held != null && Members.convertsToNothing(held.mediaType()));
  }
}
