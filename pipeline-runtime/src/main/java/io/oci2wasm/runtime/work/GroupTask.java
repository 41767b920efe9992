package io.oci2wasm.runtime.work;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import io.oci2wasm.runtime.trace.Step;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** All attempts at one event of a {@link GroupWorker}; an interruption ends it without outcome. */
final class GroupTask<T extends TopicEvent> implements Runnable {
  private static final Logger LOGGER = LoggerFactory.getLogger(GroupTask.class);

  private final Rules<T> rules;
  private final T event;
  private final @Nullable String parent;

  /**
   * A task.
   *
   * @param parent the step that wrote the event; null if nobody traces it
   */
  GroupTask(Rules<T> rules, T event, @Nullable String parent) {
    this.rules = rules;
    this.event = event;
    this.parent = parent;
  }

  /**
   * What all tasks of a worker share.
   *
   * @param pause between tries to say that an event is given up
   */
  record Rules<T extends TopicEvent>(
      String group, GroupHandler<T> handler, RetryPolicy retries, Duration pause, Clock clock) {}

  /** What is done about {@code record}: the work on its event, or a letter about it. */
  static <T extends TopicEvent> Runnable of(
      TopicRecord record, GroupWorker.Topic<T> topic, Rules<T> rules) {
    try {
      return new GroupTask<>(rules, record.read(topic.name(), topic.eventType()), record.parent());
    } catch (UndecodableEventException e) {
      LOGGER
          .atError()
          .addKeyValue("group", rules.group())
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("A record cannot be read; it becomes a dead letter");
      return () -> untilSaid(rules, () -> rules.handler().unreadable(record, e));
    }
  }

  @Override
  public void run() {
    try (Step step = Step.begin(rules.group(), SpanKind.CONSUMER, parent)) {
      step.note("event", event.eventId());
      Optional<String> failure = attempts();
      failure.ifPresent(step::failed);
      failure.ifPresent(why -> untilSaid(rules, () -> rules.handler().giveUp(event, why)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Saying {
    void say() throws IOException, InterruptedException;
  }

  /** Why the event is given up; empty if the work is done. */
  private Optional<String> attempts() throws InterruptedException {
    RetryMark mark = RetryMark.FIRST;
    while (true) {
      try {
        rules.handler().handle(event);
        return Optional.empty();
      } catch (IOException e) {
        checkStopped();
        Instant now = rules.clock().instant();
        Optional<RetryMark> next = rules.retries().next(mark, now, askedFor(e));
        if (next.isEmpty()) {
          return Optional.of(e.getMessage() + " (tried " + mark.attempt() + " times)");
        }
        mark = next.get();
        warning(rules, e)
            .addKeyValue(LogKeys.EVENT_ID, event.eventId())
            .log("Something is unavailable; an event is postponed");
        sleepUntil(mark.notBefore(), now);
      } catch (RuntimeException | Error e) {
        LOGGER
            .atError()
            .setCause(e)
            .addKeyValue("group", rules.group())
            .addKeyValue(LogKeys.EVENT_ID, event.eventId())
            .log("A defect ended an event");
        return Optional.of(
            String.format(
                "found a defect of ours (%s); the worker's log has it in full",
                e.getClass().getSimpleName()));
      }
    }
  }

  private static void untilSaid(Rules<?> rules, Saying saying) {
    try {
      while (true) {
        try {
          saying.say();
          return;
        } catch (IOException e) {
          checkStopped();
          warning(rules, e).log("Cannot write that an event is given up; trying again");
          Thread.sleep(rules.pause().toMillis());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What was interrupted while it waited may say so as an {@link IOException}. */
  private static void checkStopped() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("stopped while at work");
    }
  }

  private static @Nullable Duration askedFor(IOException e) {
    return e instanceof UnavailableException unavailable ? unavailable.retryAfter() : null;
  }

  private static void sleepUntil(@Nullable Instant time, Instant now) throws InterruptedException {
    if (time != null) {
      Thread.sleep(Duration.between(now, time).toMillis());
    }
  }

  private static LoggingEventBuilder warning(Rules<?> rules, IOException e) {
    return LOGGER
        .atWarn()
        .addKeyValue("group", rules.group())
        .addKeyValue(LogKeys.ERROR, e.getMessage());
  }
}
