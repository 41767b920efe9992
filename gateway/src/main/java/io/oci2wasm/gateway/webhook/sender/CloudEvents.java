package io.oci2wasm.gateway.webhook.sender;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.http.HttpMessageFactory;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** CloudEvents over HTTP (HTTP protocol binding 1.0.2), binary and structured. */
final class CloudEvents {
  private CloudEvents() {}

  static CloudEvent read(WebhookRequest request) throws UnreadableWebhookException {
    byte[] body = request.body();
    try {
      return HttpMessageFactory.createReader(request.headers(), body).toEvent();
    } catch (RuntimeException e) {
      // The SDK has exceptions of its own without a common type, and fails on "null" with none.
      throw new UnreadableWebhookException(
          "webhook: found something else (" + e.getMessage() + "), expected a CloudEvent", e);
    }
  }

  static <T> T data(CloudEvent event, Class<T> type, String expected)
      throws UnreadableWebhookException {
    CloudEventData data = Members.required("data", event.getData());
    return Members.parse(data.toBytes(), type, expected);
  }

  static @Nullable Instant time(CloudEvent event) {
    OffsetDateTime time = event.getTime();
    return time == null ? null : time.toInstant();
  }
}
