package io.oci2wasm.gateway.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.gateway.webhook.DistributionEvent.Target;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads notifications of the Distribution registry. Only pushes of manifests and indexes count:
 * blobs, pulls (our own among them), mounts and deletions are ignored.
 *
 * <p>Distribution keeps one queue and retries any answer but a 2xx for ever, so one event that
 * cannot be understood must not refuse the body it is in: it is set apart, and the others count.
 */
public final class DistributionWebhook {
  private static final String SENDER = "distribution";

  private final Clock clock;

  public DistributionWebhook(Clock clock) {
    this.clock = clock;
  }

  /**
   * Reads a body.
   *
   * @throws UnreadableWebhookException if it is no notification at all: then no registry sent it
   */
  public WebhookReading read(byte[] body) throws UnreadableWebhookException {
    JsonNode events = events(body);
    List<ImagePushed> pushes = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    int ignored = 0;
    for (JsonNode node : events) {
      try {
        Optional<ImagePushed> push = push(Json.MAPPER.treeToValue(node, DistributionEvent.class));
        push.ifPresent(pushes::add);
        ignored += push.isPresent() ? 0 : 1;
      } catch (JsonProcessingException e) {
        unreadable.add(e.getOriginalMessage());
      } catch (IllegalArgumentException e) {
        unreadable.add(String.valueOf(e.getMessage()));
      }
    }
    return new WebhookReading(pushes, ignored, unreadable);
  }

  private static JsonNode events(byte[] body) throws UnreadableWebhookException {
    try {
      JsonNode events = Json.MAPPER.readTree(body).path("events");
      if (!events.isArray()) {
        throw new UnreadableWebhookException(
            "webhook: found no member \"events\" with a list, expected a Distribution notification;"
                + " look at the sender's configuration",
            null);
      }
      return events;
    } catch (IOException e) {
      throw new UnreadableWebhookException(
          "webhook: found no JSON, expected a Distribution notification;"
              + " look at the sender's configuration",
          e);
    }
  }

  private Optional<ImagePushed> push(@Nullable DistributionEvent event) {
    if (event == null) {
      throw new IllegalArgumentException("event: found null");
    }
    Target target = event.target();
    if (!"push".equals(event.action()) || target == null || !isManifest(target)) {
      return Optional.empty();
    }
    String registry =
        required("request.host", event.request() == null ? null : event.request().host());
    ImageReference image =
        new ImageReference(
            registry,
            required("target.repository", target.repository()),
            target.tag() == null || target.tag().isEmpty() ? null : target.tag(),
            target.digest() == null ? null : Sha256Digest.parse(target.digest()));
    return Optional.of(
        new ImagePushed(
            RequestIds.of(SENDER, registry, required("id", event.id())),
            Lane.PUSH,
            SENDER,
            image,
            target.mediaType(),
            event.timestamp() == null ? clock.instant() : event.timestamp()));
  }

  /** Types we do not know but that lie among manifests are for ingest to refuse, with a reason. */
  private static boolean isManifest(Target target) {
    String mediaType = target.mediaType();
    if (mediaType != null
        && (MediaTypes.isIndex(mediaType)
            || MediaTypes.isManifest(mediaType)
            || MediaTypes.isSchema1(mediaType))) {
      return true;
    }
    return target.url() != null && target.url().contains("/manifests/");
  }

  private static String required(String member, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("event: found no " + member + ", expected one in a push");
    }
    return value;
  }
}
