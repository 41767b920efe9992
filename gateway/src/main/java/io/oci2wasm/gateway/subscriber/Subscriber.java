package io.oci2wasm.gateway.subscriber;

import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.trace.Step;
import io.oci2wasm.runtime.work.GroupReader;
import io.oci2wasm.runtime.work.RetryPolicy;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the events of a batch of records to one subscriber. The batch is done when each event was
 * accepted, given up, or postponed. Postponed events wait in a topic of their own, and later events
 * go on. An event that is given up is counted and becomes a dead letter.
 */
final class Subscriber implements GroupReader.BatchHandler, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Subscriber.class);

  /** Longer than the usual longest pause: only who asks for more waits in several turns. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(70);

  private final String name;
  private final Endpoint endpoint;
  private final RetryPolicy retries;
  private final RecordPublisher publisher;
  private final MeterRegistry metrics;
  private final Deliveries deliveries;
  private final Clock clock;
  private final ExecutorService senders = Executors.newCachedThreadPool();

  Subscriber(
      String name,
      Endpoint endpoint,
      RetryPolicy retries,
      RecordPublisher publisher,
      MeterRegistry metrics,
      Deliveries deliveries,
      Clock clock) {
    this.name = name;
    this.endpoint = endpoint;
    this.retries = retries;
    this.publisher = publisher;
    this.metrics = metrics;
    this.deliveries = deliveries;
    this.clock = clock;
  }

  @Override
  public void handle(List<TopicRecord> records) throws UnavailableException, InterruptedException {
    List<Callable<Void>> sendings =
        records.stream()
            .filter(record -> SubscriberLetters.isFor(name, record))
            .flatMap(record -> record.cloudEvent().map(event -> sending(record, event)).stream())
            .toList();
    for (Future<Void> sending : senders.invokeAll(sendings)) {
      try {
        sending.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof UnavailableException unavailable) {
          throw unavailable;
        }
        throw new IllegalStateException("telling subscriber " + name, e.getCause());
      }
    }
  }

  private Callable<Void> sending(TopicRecord record, CloudEvent event) {
    return () -> {
      RetryMark mark = RetryMark.of(record.copy());
      if (isDue(mark)) {
        try (Step step = Step.begin("subscriber." + name, SpanKind.CONSUMER, record.parent())) {
          step.note("event", event.getId()).note("attempt", mark.attempt());
          ended(record, tell(Message.of(event), mark));
        }
      } else {
        putOff(record, mark);
      }
      return null;
    };
  }

  private void ended(TopicRecord record, DeliveryResult result) throws UnavailableException {
    if (result instanceof DeliveryResult.Retry again) {
      putOff(record, again.mark());
    } else if (result instanceof DeliveryResult.Failed over) {
      publisher.publish(
          List.of(SubscriberLetters.letter(name, record, over.why(), clock.instant())));
    }
  }

  /** Where it waits, it keeps nothing else waiting. */
  private void putOff(TopicRecord record, RetryMark mark) throws UnavailableException {
    publisher.forward(List.of(SubscriberLetters.putOff(name, record, mark)));
  }

  /** Tries once. */
  DeliveryResult tell(Message message, RetryMark mark) throws InterruptedException {
    Answer answer = endpoint.post(message);
    return switch (answer.verdict()) {
      case DELIVERED -> {
        count("delivered");
        deliveries.delivered(name, clock.instant());
        yield new DeliveryResult.Delivered();
      }
      case REFUSED ->
          giveUp(
              message, answer, DeliveryFailure.refused(answer, mark.attempt(), mark.firstFailed()));
      case RETRY -> {
        Optional<RetryMark> next = retries.next(mark, clock.instant(), answer.retryAfter());
        if (next.isEmpty()) {
          yield giveUp(
              message, answer, DeliveryFailure.expired(answer, mark.attempt(), mark.firstFailed()));
        }
        count("retried");
        deliveries.failed(name, false, answer.what(), clock.instant());
        yield new DeliveryResult.Retry(next.get());
      }
    };
  }

  /** Waits until it is due, but not so long that others behind it are late. */
  private boolean isDue(RetryMark mark) throws InterruptedException {
    Instant due = mark.notBefore();
    if (due == null) {
      return true;
    }
    Duration wait = Duration.between(clock.instant(), due);
    if (wait.compareTo(LONGEST_WAIT) > 0) {
      Thread.sleep(LONGEST_WAIT.toMillis());
      return false;
    }
    Thread.sleep(Math.max(0, wait.toMillis()));
    return true;
  }

  private DeliveryResult giveUp(Message message, Answer answer, DeliveryFailure failure) {
    count(failure.result());
    deliveries.failed(name, true, answer.what(), clock.instant());
    LOGGER
        .atWarn()
        .addKeyValue("subscriber", name)
        .addKeyValue(LogKeys.EVENT_ID, message.id())
        .addKeyValue(LogKeys.OUTCOME, failure.result())
        .addKeyValue(LogKeys.ATTEMPT, failure.attempts())
        .addKeyValue(LogKeys.ERROR, failure.message())
        .log("An event was not delivered to a subscriber");
    return new DeliveryResult.Failed(failure);
  }

  private void count(String result) {
    Counter.builder("oci2wasm.subscriber.deliveries")
        .description("Attempts to send events to subscribers, by result")
        .tags("subscriber", name, "result", result)
        .register(metrics)
        .increment();
  }

  @Override
  public void close() {
    senders.shutdownNow();
  }
}
