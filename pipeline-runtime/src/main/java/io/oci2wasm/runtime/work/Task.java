package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventTooLargeException;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.trace.Step;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One attempt at one event: ends when its outcome, or the next attempt, is written to Kafka, so
 * that the record may be acknowledged.
 */
final class Task<E extends PipelineEvent> implements Job, Outcome.Cases<String> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Task.class);

  private final TaskRules<E> rules;
  private final E event;
  private final Delivery delivery;

  Task(TaskRules<E> rules, E event, Delivery delivery) {
    this.rules = rules;
    this.event = event;
    this.delivery = delivery;
  }

  /** Every line logged in here has the request's id, and what the handler adds to the MDC. */
  @Override
  public void run() throws InterruptedException {
    MDC.put(LogKeys.REQUEST_ID, event.requestId());
    try (Step step =
        Step.begin(
            rules.stage().toString(), SpanKind.CONSUMER, Records.parent(delivery.record()))) {
      work(step);
    } finally {
      MDC.clear();
    }
  }

  private void work(Step step) throws InterruptedException {
    Instant start = rules.clock().instant();
    rules.metrics().started(delivery.origin());
    rules.presence().began(delivery.origin(), event, delivery.mark().attempt());
    String outcome = "interrupted";
    try {
      outcome = outcome();
    } finally {
      Duration duration = Duration.between(start, rules.clock().instant());
      rules.metrics().finished(delivery.origin(), outcome, duration);
      rules.presence().ended(delivery.origin());
      step.note("request", event.requestId())
          .note("lane", event.lane())
          .note("image", event.image())
          .note("attempt", delivery.mark().attempt())
          .note("outcome", outcome);
      LOGGER
          .atInfo()
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.LANE, event.lane())
          .addKeyValue(LogKeys.EVENT_ID, event.eventId())
          .addKeyValue(LogKeys.IMAGE_REF, event.image())
          .addKeyValue(LogKeys.ATTEMPT, delivery.mark().attempt())
          .addKeyValue(LogKeys.OUTCOME, outcome)
          .addKeyValue(LogKeys.DURATION_MS, duration.toMillis())
          .log("Worked on an event");
    }
  }

  private String outcome() throws InterruptedException {
    if (isPoison()) {
      return crashed();
    }
    return delivery.count() > 1 ? apart() : attempt().decide(this);
  }

  /** The last delivery is not worked on: whoever took the record before did not survive it. */
  private boolean isPoison() {
    return delivery.count() >= rules.deliveryLimit();
  }

  /** An event that may have killed a worker, and is not at work beside another such. */
  private String apart() throws InterruptedException {
    if (!rules.suspects().begin(delivery.count())) {
      LOGGER
          .atInfo()
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.EVENT_ID, event.eventId())
          .log("Another redelivered event is in progress; this one is postponed");
      Instant time = rules.clock().instant().plus(rules.config().retryFirst());
      Job.untilWritten(
          rules, publisher -> publisher.forward(List.of(Retries.uncounted(rules, delivery, time))));
      return "retried";
    }
    try {
      return attempt().decide(this);
    } finally {
      rules.suspects().end();
    }
  }

  private String crashed() throws InterruptedException {
    int deliveries = delivery.count() - 1;
    LOGGER
        .atError()
        .addKeyValue(LogKeys.STAGE, rules.stage())
        .addKeyValue(LogKeys.EVENT_ID, event.eventId())
        .addKeyValue("deliveries", deliveries)
        .log("An event crashed every worker that took it; its request fails");
    return end(
        Reason.INTERNAL,
        String.format(
            "%s: no worker survived it in %s deliveries; look into the workers' logs",
            about(), deliveries),
        deliveries);
  }

  /**
   * A defect that shows as an exception would show again: the request fails at once. Not so where
   * the process is broken: another worker has it next.
   */
  private Outcome attempt() throws InterruptedException {
    rules
        .publisher()
        .report(
            new StageStarted(
                event.requestId(),
                event.lane(),
                rules.stage(),
                event.image(),
                event.platformManifest(),
                delivery.mark().attempt()));
    try {
      Outcome outcome = rules.handler().handle(event);
      if (!(outcome instanceof Outcome.Done) && Thread.interrupted()) {
        // It did not fail, it was stopped: another worker has it next.
        throw new InterruptedException("stopped while at work");
      }
      return outcome;
    } catch (RuntimeException e) {
      rules.processHealth().met(e);
      if (!rules.processHealth().isSound()) {
        throw e;
      }
      LOGGER
          .atError()
          .setCause(e)
          .addKeyValue(LogKeys.STAGE, rules.stage())
          .addKeyValue(LogKeys.EVENT_ID, event.eventId())
          .addKeyValue(LogKeys.IMAGE_REF, event.image())
          .log("A defect ended a request");
      return new Outcome.Rejected(
          Reason.INTERNAL,
          String.format(
              "%s: found a defect of ours (%s); the worker's log has it in full",
              about(), e.getClass().getSimpleName()));
    }
  }

  private String about() {
    return "stage " + rules.stage() + ", request " + event.requestId();
  }

  @Override
  public String done(Outcome.Done done) throws InterruptedException {
    try {
      Optional<DeadLetter> letter = rules.letters().failedInPart(delivery, event, done.events());
      List<TopicEvent> all = new ArrayList<>(done.events());
      letter.ifPresent(all::add);
      Job.untilWritten(rules, publisher -> publisher.publish(all));
      letter.ifPresent(written -> rules.metrics().deadLettered(written.failure().reason()));
      return "done";
    } catch (EventTooLargeException e) {
      return end(Reason.INTERNAL, about() + ": " + e.getMessage(), delivery.mark().attempt());
    }
  }

  @Override
  public String rejected(Outcome.Rejected rejected) throws InterruptedException {
    return end(rejected.reason(), rejected.message(), delivery.mark().attempt());
  }

  @Override
  public String retry(Outcome.Retry retry) throws InterruptedException {
    Instant now = rules.clock().instant();
    Optional<RetryMark> next = rules.retries().next(delivery.mark(), now, retry.after());
    if (next.isEmpty()) {
      int attempts = delivery.mark().attempt();
      Instant first = delivery.mark().firstFailed();
      String tried =
          first == null
              ? ""
              : " (tried " + attempts + " times, for the first time at " + first + ")";
      return end(retry.reason(), retry.message() + tried, attempts);
    }
    LOGGER
        .atWarn()
        .addKeyValue(LogKeys.STAGE, rules.stage())
        .addKeyValue(LogKeys.EVENT_ID, event.eventId())
        .addKeyValue(LogKeys.REASON, retry.reason())
        .addKeyValue(LogKeys.ERROR, retry.message())
        .addKeyValue("notBefore", next.get().notBefore())
        .log("Something is unavailable; the event is postponed");
    Job.untilWritten(
        rules,
        publisher ->
            publisher.forward(
                List.of(Retries.record(rules.workType(), delivery.record(), next.get()))));
    rules.metrics().retried(retry.reason());
    return "retried";
  }

  /** The request, or its platform, ends here; what failed leaves a letter. */
  private String end(Reason reason, String message, int attempts) throws InterruptedException {
    List<TopicEvent> all = new ArrayList<>();
    PipelineEvent ending = rules.handler().ending(event, reason, message);
    if (ending != null) {
      all.add(ending);
    }
    if (reason.isSkip()) {
      Job.untilWritten(rules, publisher -> publisher.publish(all));
      return "skipped";
    }
    all.add(rules.letters().failed(delivery, event, reason, message, attempts));
    Job.untilWritten(rules, publisher -> publisher.publish(all));
    rules.metrics().deadLettered(reason);
    return "failed";
  }
}
