package io.oci2wasm.gateway.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventPublisher;
import io.oci2wasm.runtime.trace.Step;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes an admitted webhook to Kafka. Senders repeat what is refused, some of them for ever while
 * everything behind it waits. So what cannot be understood is accepted, as a dead letter.
 */
public final class WebhookReceiver {
  private static final Logger LOGGER = LoggerFactory.getLogger(WebhookReceiver.class);

  /** Senders wait for the answer, Distribution no longer than some seconds. */
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(10),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2),
    Duration.ofSeconds(5)
  };

  private final Senders senders;
  private final EventPublisher publisher;
  private final MeterRegistry metrics;
  private final Clock clock;

  public WebhookReceiver(
      Senders senders, EventPublisher publisher, MeterRegistry metrics, Clock clock) {
    this.senders = senders;
    this.publisher = publisher;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** How many events of a webhook went which way. */
  public record Receipt(int accepted, int deleted, int ignored, int unreadable) {}

  /**
   * Returns once all that {@code request} says is safely written.
   *
   * @throws UnavailableException if it may not have been: the sender should repeat it
   */
  public Receipt receive(Sender sender, WebhookRequest request) throws UnavailableException {
    try (Step step = Step.begin("webhook", SpanKind.SERVER, request.header(Step.PARENT))) {
      step.note("sender", sender.name());
      return receiveTraced(sender, request);
    }
  }

  private Receipt receiveTraced(Sender sender, WebhookRequest request) throws UnavailableException {
    WebhookRequest told = sender.told(request); // a body that is too large is refused here
    WebhookReading reading = read(sender, told);
    List<TopicEvent> events = new ArrayList<>(reading.pushes());
    events.addAll(reading.deletions());
    if (!reading.unreadable().isEmpty()) {
      events.add(WebhookLetters.letter(sender, told, reading.unreadable(), clock.instant()));
    }
    Timer.Sample written = Timer.start(metrics);
    try {
      publisher.publish(events);
    } catch (UnavailableException e) {
      count(sender, "unavailable", Math.max(1, events.size()));
      throw e;
    }
    written.stop(
        Timer.builder("oci2wasm.webhooks")
            .tag("sender", sender.name())
            .description("Time until Kafka had the events of a webhook")
            .serviceLevelObjectives(BUCKETS)
            .register(metrics));
    for (String why : reading.unreadable()) {
      LOGGER
          .atWarn()
          .addKeyValue("sender", sender.name())
          .addKeyValue(LogKeys.ERROR, why)
          .log("A webhook cannot be understood");
    }
    count(sender, "accepted", reading.pushes().size());
    count(sender, "deleted", reading.deletions().size());
    reading.ignored().forEach(why -> count(sender, "ignored", why.toString(), 1));
    count(sender, "unreadable", reading.unreadable().size());
    return new Receipt(
        reading.pushes().size(),
        reading.deletions().size(),
        reading.ignored().size(),
        reading.unreadable().size());
  }

  /**
   * Receives again what could not be understood: whoever sent it was admitted then.
   *
   * @throws IllegalArgumentException if {@code letter} is about no webhook
   * @throws UnavailableException as when it was received first
   */
  public Receipt replay(DeadLetter letter) throws UnavailableException {
    Sender sender =
        WebhookLetters.sender(letter)
            .flatMap(senders::find)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "dead letter " + letter.id() + ": found no sender, expected a webhook's"));
    return receive(sender, WebhookLetters.request(letter));
  }

  /** Counts a webhook whose sender did not show who it is. */
  public void refused(Sender sender) {
    count(sender, "refused", 1);
  }

  private static WebhookReading read(Sender sender, WebhookRequest request) {
    try {
      return sender.reader().read(request);
    } catch (UnreadableWebhookException | IllegalArgumentException e) {
      return WebhookReading.unreadable(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOGGER
          .atError()
          .setCause(e)
          .addKeyValue("sender", sender.name())
          .log("A defect: a webhook could not be read");
      return WebhookReading.unreadable("found a defect of ours; the gateway's log has it in full");
    }
  }

  private void count(Sender sender, String result, int events) {
    count(sender, result, "none", events);
  }

  /** {@code reason} is why an event is ignored. */
  private void count(Sender sender, String result, String reason, int events) {
    Counter.builder("oci2wasm.webhook.events")
        .tags("sender", sender.name(), "result", result, "reason", reason)
        .description("Events in webhooks, by result")
        .register(metrics)
        .increment(events);
  }
}
