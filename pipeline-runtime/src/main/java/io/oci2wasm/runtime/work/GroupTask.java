package io.oci2wasm.runtime.work;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.RetryMark;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All attempts at one event of a {@link GroupWorker}; an interruption ends it without outcome. */
final class GroupTask<T extends TopicEvent> implements Runnable {
  private static final Logger LOGGER = LoggerFactory.getLogger(GroupTask.class);

  private final Rules<T> rules;
  private final T event;

  GroupTask(Rules<T> rules, T event) {
    this.rules = rules;
    this.event = event;
  }

  /**
   * What all tasks of a worker share.
   *
   * @param pause between tries to say that an event is given up
   */
  record Rules<T extends TopicEvent>(
      String group, GroupHandler<T> handler, RetryPolicy retries, Duration pause, Clock clock) {}

  @Override
  public void run() {
    try {
      Optional<String> failure = attempts();
      if (failure.isPresent()) {
        giveUp(failure.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
        warn("Something is unavailable; an event is put off", e);
        sleepUntil(mark.notBefore(), now);
      } catch (RuntimeException | Error e) {
        LOGGER
            .atError()
            .setCause(e)
            .addKeyValue("group", rules.group())
            .addKeyValue(LogKeys.EVENT_ID, event.eventId())
            .log("A defect ended an event");
        return Optional.of(
            "found a defect of ours ("
                + e.getClass().getSimpleName()
                + "); the worker's log has it in full");
      }
    }
  }

  private void giveUp(String why) throws InterruptedException {
    while (true) {
      try {
        rules.handler().giveUp(event, why);
        return;
      } catch (IOException e) {
        checkStopped();
        warn("Cannot say that an event is given up; trying again", e);
        Thread.sleep(rules.pause().toMillis());
      }
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

  private void warn(String what, IOException e) {
    LOGGER
        .atWarn()
        .addKeyValue("group", rules.group())
        .addKeyValue(LogKeys.EVENT_ID, event.eventId())
        .addKeyValue(LogKeys.ERROR, e.getMessage())
        .log(what);
  }
}
