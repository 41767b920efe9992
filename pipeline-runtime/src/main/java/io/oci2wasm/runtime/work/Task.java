package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.runtime.LogKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work on one delivery of one event: ends when its outcome is written to Kafka, so that the
 * record may be acknowledged.
 */
final class Task<E extends PipelineEvent> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Task.class);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  private final TaskRules<E> rules;
  private final E event;
  private final int delivery;

  Task(TaskRules<E> rules, E event, int delivery) {
    this.rules = rules;
    this.event = event;
    this.delivery = delivery;
  }

  /** Works until the outcome is written. */
  void run() throws InterruptedException {
    Instant start = rules.clock().instant();
    rules.metrics().started();
    String outcome = "interrupted";
    try {
      outcome = finish(outcome());
    } finally {
      Duration duration = Duration.between(start, rules.clock().instant());
      rules.metrics().finished(outcome, duration);
      LOGGER
          .atInfo()
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.LANE, event.lane())
          .addKeyValue(LogKeys.EVENT_ID, event.eventId())
          .addKeyValue(LogKeys.IMAGE_REF, event.image())
          .addKeyValue(LogKeys.OUTCOME, outcome)
          .addKeyValue(LogKeys.DURATION_MS, duration.toMillis())
          .log("Worked on an event");
    }
  }

  private Outcome outcome() throws InterruptedException {
    if (delivery >= rules.deliveryLimit()) {
      LOGGER
          .atError()
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.EVENT_ID, event.eventId())
          .addKeyValue(LogKeys.ATTEMPT, delivery)
          .log("An event crashed every worker that took it; its request fails");
      return new Outcome.Rejected(
          Reason.INTERNAL,
          "stage "
              + rules.stage()
              + ", request "
              + event.requestId()
              + ": no worker survived it in "
              + (delivery - 1)
              + " deliveries; look into the workers' logs");
    }
    rules
        .publisher()
        .report(new StageStarted(event.requestId(), event.lane(), rules.stage(), event.image()));
    Instant giveUp = rules.clock().instant().plus(rules.config().retryFor());
    Duration pause = rules.config().retryFirst();
    while (true) {
      Outcome outcome = attempt();
      if (!(outcome instanceof Outcome.Retry retry)) {
        return outcome;
      }
      Duration wait = retry.after() != null ? retry.after() : withJitter(pause);
      if (rules.clock().instant().plus(wait).isAfter(giveUp)) {
        return new Outcome.Rejected(retry.reason(), retry.message());
      }
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.EVENT_ID, event.eventId())
          .addKeyValue(LogKeys.REASON, retry.reason())
          .addKeyValue(LogKeys.ERROR, retry.message())
          .log("Something is unavailable; trying again");
      rules.metrics().retried();
      Thread.sleep(wait.toMillis());
      pause = min(pause.multipliedBy(2), MAX_PAUSE);
    }
  }

  /** A defect that shows as an exception would show again: the request fails at once. */
  private Outcome attempt() throws InterruptedException {
    try {
      return rules.handler().handle(event);
    } catch (RuntimeException e) {
      LOGGER
          .atError()
          .setCause(e)
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.EVENT_ID, event.eventId())
          .addKeyValue(LogKeys.IMAGE_REF, event.image())
          .log("A defect ended a request");
      return new Outcome.Rejected(
          Reason.INTERNAL,
          "stage "
              + rules.stage()
              + ", request "
              + event.requestId()
              + ": found a defect of ours ("
              + e.getClass().getSimpleName()
              + "); the worker's log has it in full");
    }
  }

  private String finish(Outcome outcome) throws InterruptedException {
    if (outcome instanceof Outcome.Done done) {
      publish(done.events());
      return "done";
    }
    Outcome.Rejected rejected = (Outcome.Rejected) outcome;
    publish(List.of(rules.handler().ending(event, rejected.reason(), rejected.message())));
    return rejected.reason().isSkip() ? "skipped" : "failed";
  }

  /** Without its outcome in Kafka the record cannot be acknowledged: so this goes on for ever. */
  private void publish(List<PipelineEvent> events) throws InterruptedException {
    Duration pause = rules.config().retryFirst();
    while (true) {
      try {
        rules.publisher().publish(events);
        return;
      } catch (UnavailableException e) {
        LOGGER
            .atWarn()
            .addKeyValue(LogKeys.EVENT_ID, event.eventId())
            .addKeyValue(LogKeys.ERROR, e.getMessage())
            .log("Cannot write an outcome; trying again");
        Thread.sleep(pause.toMillis());
        pause = min(pause.multipliedBy(2), MAX_PAUSE);
      }
    }
  }

  private static Duration withJitter(Duration pause) {
    long millis = pause.toMillis();
    return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
