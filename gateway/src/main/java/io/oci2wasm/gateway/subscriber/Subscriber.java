package io.oci2wasm.gateway.subscriber;

import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventPublisher;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.work.GroupReader;
import io.oci2wasm.runtime.work.RetryPolicy;
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
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one subscriber what a batch of records says. The batch is done when each event was taken,
 * refused, or tried for as long as it may be: what is given up is counted, and a dead letter.
 */
final class Subscriber implements GroupReader.BatchHandler, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Subscriber.class);

  private final String name;
  private final Endpoint endpoint;
  private final RetryPolicy retries;
  private final EventPublisher letters;
  private final MeterRegistry metrics;
  private final Clock clock;
  private final ExecutorService senders = Executors.newCachedThreadPool();

  Subscriber(
      String name,
      Endpoint endpoint,
      RetryPolicy retries,
      EventPublisher letters,
      MeterRegistry metrics,
      Clock clock) {
    this.name = name;
    this.endpoint = endpoint;
    this.retries = retries;
    this.letters = letters;
    this.metrics = metrics;
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
      Optional<GivenUp> givenUp = tell(Message.of(event));
      if (givenUp.isPresent()) {
        letters.publish(
            List.of(SubscriberLetters.letter(name, record, givenUp.get(), clock.instant())));
      }
      return null;
    };
  }

  /** Tries until it is over; empty if the event was taken. */
  Optional<GivenUp> tell(Message message) throws InterruptedException {
    RetryMark mark = RetryMark.FIRST;
    while (true) {
      Answer answer = endpoint.post(message);
      Instant now = clock.instant();
      switch (answer.verdict()) {
        case DELIVERED -> {
          count("delivered");
          return Optional.empty();
        }
        case REFUSED -> {
          return giveUp(message, GivenUp.refused(answer, mark.attempt(), mark.firstFailed()));
        }
        case RETRY -> {
          Optional<RetryMark> next = retries.next(mark, now, answer.retryAfter());
          if (next.isEmpty()) {
            return giveUp(message, GivenUp.expired(answer, mark.attempt(), mark.firstFailed()));
          }
          count("retried");
          mark = next.get();
          pause(now, mark);
        }
      }
    }
  }

  private static void pause(Instant now, RetryMark mark) throws InterruptedException {
    Instant until = Stream.ofNullable(mark.notBefore()).findFirst().orElse(now);
    Thread.sleep(Duration.between(now, until).toMillis());
  }

  private Optional<GivenUp> giveUp(Message message, GivenUp givenUp) {
    count(givenUp.result());
    LOGGER
        .atWarn()
        .addKeyValue("subscriber", name)
        .addKeyValue(LogKeys.EVENT_ID, message.id())
        .addKeyValue(LogKeys.OUTCOME, givenUp.result())
        .addKeyValue(LogKeys.ATTEMPT, givenUp.attempts())
        .addKeyValue(LogKeys.ERROR, givenUp.message())
        .log("A subscriber was not told of an event");
    return Optional.of(givenUp);
  }

  private void count(String result) {
    Counter.builder("oci2wasm.subscriber.deliveries")
        .description("Attempts to tell subscribers of events, by result")
        .tags("subscriber", name, "result", result)
        .register(metrics)
        .increment();
  }

  @Override
  public void close() {
    senders.shutdownNow();
  }
}
