package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.required;
import static io.oci2wasm.gateway.webhook.sender.Members.tag;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JFrog Artifactory ("Event types: docker"). An image is named as under the repository-path method:
 * the repository's key before the image's name.
 */
public final class JfrogReader implements SenderReader {
  /** A manifest without a tag lies in a folder that is named by its digest. */
  private static final Pattern FOLDER = Pattern.compile("sha256__[0-9a-f]{64}");

  private final SenderEvents events;

  public JfrogReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(
      @Nullable String domain,
      @Nullable String event_type,
      @Nullable Data data,
      @Nullable String subscription_key,
      @Nullable String jpd_origin) {
    private record Data(
        @Nullable String repo_key,
        @Nullable String image_name,
        @Nullable String tag,
        @Nullable String sha256) {}
  }

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    Body body = Members.parse(request.body(), Body.class, "JFrog webhook");
    String type = Objects.requireNonNullElse(body.event_type(), "");
    if (!"docker".equals(required("domain", body.domain()))
        || !(type.equals("pushed") || type.equals("deleted"))) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    Body.Data data = required("data", body.data());
    String registry = events.registry("jpd_origin", Members.host(body.jpd_origin()));
    String repository =
        required("data.repo_key", data.repo_key())
            + "/"
            + required("data.image_name", data.image_name());
    String told = Objects.requireNonNullElse(data.tag(), "");
    String tag = FOLDER.matcher(told).matches() ? null : tag(told);
    Sha256Digest digest = digest(data.sha256());
    if (type.equals("deleted")) {
      return WebhookReading.of(events.untagged(registry, repository, digest, tag, null));
    }
    ImageReference image = new ImageReference(registry, repository, tag, digest);
    return events.pushed(image, null, null, body.subscription_key());
  }

  /** Hex digits alone, or a digest as everywhere else. */
  private static @Nullable Sha256Digest digest(@Nullable String value) {
    return value == null || value.isEmpty() || Members.isDigest(value)
        ? Members.digest(value)
        : new Sha256Digest(value);
  }
}
