package io.oci2wasm.gateway.subscriber;

import io.cloudevents.CloudEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.runtime.LogKeys;
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
 * refused, or tried for as long as it may be: what is given up is counted and logged, and lies in
 * its topic and in the API still.
 */
final class Subscriber implements GroupReader.BatchHandler, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Subscriber.class);

  private final String name;
  private final Endpoint endpoint;
  private final RetryPolicy retries;
  private final MeterRegistry metrics;
  private final Clock clock;
  private final ExecutorService senders = Executors.newCachedThreadPool();

  Subscriber(
      String name, Endpoint endpoint, RetryPolicy retries, MeterRegistry metrics, Clock clock) {
    this.name = name;
    this.endpoint = endpoint;
    this.retries = retries;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public void handle(List<TopicRecord> records) throws InterruptedException {
    List<Callable<Void>> sendings =
        records.stream()
            .flatMap(record -> record.cloudEvent().stream())
            .map(this::sending)
            .toList();
    for (Future<Void> sending : senders.invokeAll(sendings)) {
      try {
        sending.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("telling subscriber " + name, e.getCause());
      }
    }
  }

  private Callable<Void> sending(CloudEvent event) {
    return () -> {
      tell(Message.of(event));
      return null;
    };
  }

  void tell(Message message) throws InterruptedException {
    RetryMark mark = RetryMark.FIRST;
    while (true) {
      Answer answer = endpoint.post(message);
      Instant now = clock.instant();
      switch (answer.verdict()) {
        case DELIVERED -> {
          count("delivered");
          return;
        }
        case REFUSED -> {
          giveUp(message, "refused", answer, mark.attempt());
          return;
        }
        case RETRY -> {
          Optional<RetryMark> next = retries.next(mark, now, answer.retryAfter());
          if (next.isEmpty()) {
            giveUp(message, "expired", answer, mark.attempt());
            return;
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

  private void giveUp(Message message, String result, Answer answer, int attempts) {
    count(result);
    LOGGER
        .atWarn()
        .addKeyValue("subscriber", name)
        .addKeyValue(LogKeys.EVENT_ID, message.id())
        .addKeyValue(LogKeys.OUTCOME, result)
        .addKeyValue(LogKeys.ATTEMPT, attempts)
        .addKeyValue(LogKeys.ERROR, answer.what())
        .log("A subscriber was not told of an event");
  }

  private void count(String result) {
    metrics
        .counter("oci2wasm.subscriber.deliveries", "subscriber", name, "result", result)
        .increment();
  }

  @Override
  public void close() {
    senders.shutdownNow();
  }
}
