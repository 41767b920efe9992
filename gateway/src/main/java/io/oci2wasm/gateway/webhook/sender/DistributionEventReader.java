package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.digest;
import static io.oci2wasm.gateway.webhook.sender.Members.required;
import static io.oci2wasm.gateway.webhook.sender.Members.tag;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.sender.DistributionEvent.Reference;
import io.oci2wasm.gateway.webhook.sender.DistributionEvent.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one event of Distribution's kind says. */
final class DistributionEventReader {
  private final SenderEvents events;

  DistributionEventReader(SenderEvents events) {
    this.events = events;
  }

  WebhookReading read(DistributionEvent event) throws UnreadableWebhookException {
    if (event.actor() != null && events.isOwn(event.actor().name())) {
      return WebhookReading.ignored(Ignored.OWN);
    }
    return switch (required("action", event.action())) {
      case "push" -> pushed(event, required("target", event.target()));
      case "delete" -> deleted(event, required("target", event.target()));
      default -> WebhookReading.ignored(Ignored.OTHER);
    };
  }

  private WebhookReading pushed(DistributionEvent event, Target target)
      throws UnreadableWebhookException {
    if (!isManifest(target)) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    if (isArtifact(target)) {
      return WebhookReading.ignored(Ignored.ARTIFACT);
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
      return WebhookReading.ignored(Ignored.OTHER);
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
  private static boolean isManifest(Target target) {
    String mediaType = target.mediaType();
    boolean manifest =
        mediaType != null
            && (MediaTypes.isIndex(mediaType)
                || MediaTypes.isManifest(mediaType)
                || MediaTypes.isSchema1(mediaType)
                || MediaTypes.ARTIFACT_MANIFEST.equals(mediaType));
    return manifest || (target.url() != null && target.url().contains("/manifests/"));
  }

  private static boolean isArtifact(Target target) {
    if (MediaTypes.ARTIFACT_MANIFEST.equals(target.mediaType())
        || Artifacts.isArtifact(target.artifactType())) {
      return true;
    }
    return target.mediaType() != null
        && MediaTypes.isManifest(target.mediaType())
        && Artifacts.isArtifact(held(target));
  }

  /** Empty where not every type is told. */
  private static List<String> held(Target target) {
    List<String> types = new ArrayList<>();
    List<@Nullable Reference> references =
        Objects.requireNonNullElse(target.references(), List.<@Nullable Reference>of());
    for (Reference held : references) {
      if (held == null || held.mediaType() == null) {
        return List.of();
      }
      types.add(held.mediaType());
    }
    return types;
  }
}
