package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.webhook.DistributionWebhook;
import io.oci2wasm.gateway.webhook.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.WebhookReading;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventPublisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /webhooks/distribution}: answered with 202 once every push is safe in Kafka. */
final class WebhookResource {
  private static final Logger LOGGER = LoggerFactory.getLogger(WebhookResource.class);

  private final DistributionWebhook webhook;
  private final EventPublisher publisher;
  private final MeterRegistry metrics;

  WebhookResource(DistributionWebhook webhook, EventPublisher publisher, MeterRegistry metrics) {
    this.webhook = webhook;
    this.publisher = publisher;
    this.metrics = metrics;
  }

  /** What a sender is told. */
  record Receipt(int accepted, int ignored, int unreadable) {}

  void post(Context context) {
    WebhookReading reading = read(context.bodyAsBytes());
    try {
      publisher.publish(reading.pushes());
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("A webhook was refused; its sender will try again");
      throw new ProblemException(
          HttpStatus.SERVICE_UNAVAILABLE,
          "webhook: its pushes could not be written to Kafka; send it again");
    }
    reading
        .unreadable()
        .forEach(
            why ->
                LOGGER
                    .atWarn()
                    .addKeyValue(LogKeys.ERROR, why)
                    .log("A push in a webhook cannot be understood"));
    count("accepted", reading.pushes().size());
    count("ignored", reading.ignored());
    count("unreadable", reading.unreadable().size());
    context
        .status(HttpStatus.ACCEPTED)
        .contentType("application/json")
        .result(
            Problem.json(
                new Receipt(
                    reading.pushes().size(), reading.ignored(), reading.unreadable().size())));
  }

  private WebhookReading read(byte[] body) {
    try {
      return webhook.read(body);
    } catch (UnreadableWebhookException e) {
      throw new ProblemException(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private void count(String result, int events) {
    metrics
        .counter("oci2wasm.webhook.events", "sender", "distribution", "result", result)
        .increment(events);
  }
}
