package io.oci2wasm.gateway.webhook.sender;

import static io.oci2wasm.gateway.webhook.sender.Members.digest;
import static io.oci2wasm.gateway.webhook.sender.Members.required;
import static io.oci2wasm.gateway.webhook.sender.Members.tag;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Amazon ECR's events through an EventBridge API destination ("Amazon ECR events"). */
public final class EcrReader implements SenderReader {
  private final SenderEvents events;

  public EcrReader(SenderEvents events) {
    this.events = events;
  }

  private record Body(
      @Nullable String id,
      @JsonProperty("detail-type") @Nullable String detailType,
      @Nullable String account,
      @Nullable String region,
      @Nullable Instant time,
      @Nullable Detail detail) {
    private record Detail(
        @Nullable String result,
        @JsonProperty("action-type") @Nullable String actionType,
        @JsonProperty("repository-name") @Nullable String repository,
        @JsonProperty("image-digest") @Nullable String digest,
        @JsonProperty("image-tag") @Nullable String tag,
        @JsonProperty("manifest-media-type") @Nullable String manifestMediaType,
        @JsonProperty("artifact-media-type") @Nullable String artifactMediaType) {}
  }

  @Override
  public WebhookReading read(WebhookRequest request) throws UnreadableWebhookException {
    Body body = Members.parse(request.body(), Body.class, "EventBridge event");
    if (!"ECR Image Action".equals(required("detail-type", body.detailType()))) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    Body.Detail detail = required("detail", body.detail());
    if (!"SUCCESS".equals(detail.result())) {
      return WebhookReading.ignored(Ignored.OTHER);
    }
    return switch (required("detail.action-type", detail.actionType())) {
      case "PUSH" -> pushed(body, detail);
      case "DELETE" ->
          WebhookReading.of(
              events.untagged(
                  host(body),
                  required("detail.repository-name", detail.repository()),
                  digest(detail.digest()),
                  tag(detail.tag()),
                  body.time()));
      default -> WebhookReading.ignored(Ignored.OTHER);
    };
  }

  private WebhookReading pushed(Body body, Body.Detail detail) throws UnreadableWebhookException {
    if (Artifacts.isArtifact(detail.artifactMediaType())) {
      return WebhookReading.ignored(Ignored.ARTIFACT);
    }
    ImageReference image =
        new ImageReference(
            host(body),
            required("detail.repository-name", detail.repository()),
            tag(detail.tag()),
            digest(detail.digest()));
    return events.pushed(required("id", body.id()), image, detail.manifestMediaType(), body.time());
  }

  /**
   * China's regions are a partition of their own, with another domain ("AWS service endpoints").
   */
  private String host(Body body) throws UnreadableWebhookException {
    String account = body.account();
    String region = body.region();
    if (account == null || region == null) {
      return events.registry("account and region", null);
    }
    String domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    return events.registry("account and region", account + ".dkr.ecr." + region + "." + domain);
  }
}
