package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.required;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Docker Hub ("Docker Hub webhooks"): the tag only, which ingest resolves. Its {@code callback_url}
 * is never called: whoever knows the webhook's secret could make us call anything.
 */
public final class DockerHubReader implements SenderReader {
  private static final String REGISTRY = "docker.io";

  private final SenderEvents events;

  public DockerHubReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(@Nullable PushData push_data, @Nullable Repository repository) {
    private record PushData(
        @Nullable Instant pushed_at,
        @Nullable String pusher,
        @Nullable String tag,
        @Nullable String media_type) {}

    private record Repository(@Nullable String repo_name) {}
  }

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    Body body = Members.parse(request.body(), Body.class, "Docker Hub webhook");
    Body.PushData push = required("push_data", body.push_data());
    if (events.isOwn(push.pusher())) {
      return WebhookReading.ignored(Ignored.OWN);
    }
    if (Artifacts.isArtifact(push.media_type())) {
      return WebhookReading.ignored(Ignored.ARTIFACT);
    }
    ImageReference image =
        new ImageReference(
            events.registry("the body", REGISTRY),
            required("repository.repo_name", required("repository", body.repository()).repo_name()),
            required("push_data.tag", push.tag()),
            null);
    return events.pushed(image, push.media_type(), push.pushed_at());
  }
}
