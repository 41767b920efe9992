package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.batch.BatchWriter;
import io.oci2wasm.gateway.state.conversion.BundleStates;
import io.oci2wasm.gateway.state.conversion.ConversionWriter;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.LetterWriter;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets requests that ended, dead letters that were replayed, and batches with nothing left to
 * do, long ago. Never open ones.
 */
public final class StatePruner implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StatePruner.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofHours(1);

  /**
   * While these are deleted, nothing is taken in from the topics. A request has some thirty entries
   * of indexes, in no order.
   */
  private static final int REQUESTS_AT_ONCE = 5;

  private static final int AT_ONCE = 100;

  private static final String REQUESTS = "requests that ended";

  private final StateDatabase database;
  private final Duration keep;
  private final Clock clock;
  private final ScheduledExecutorService schedule =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "state-pruner"));

  StatePruner(StateDatabase database, Duration keep, Clock clock) {
    this.database = database;
    this.keep = keep;
    this.clock = clock;
  }

  /** Prunes soon and then every hour. */
  public static StatePruner start(StateDatabase database, Duration keep, Clock clock) {
    StatePruner pruner = new StatePruner(database, keep, clock);
    var unused =
        pruner.schedule.scheduleWithFixedDelay(
            Threads.round("state-pruner", pruner::pruneOrWarn),
            FIRST.toSeconds(),
            INTERVAL.toSeconds(),
            TimeUnit.SECONDS);
    return pruner;
  }

  private void pruneOrWarn() {
    try {
      int requests = prune();
      LOGGER.atInfo().addKeyValue("requests", requests).log("Forgot what ended long ago");
    } catch (UnavailableException | RuntimeException e) {
      LOGGER
          .atWarn()
          .setCause(e)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log(
              "What ended long ago cannot be forgotten at the moment; it is tried again in an"
                  + " hour");
    }
  }

  /**
   * Forgets everything that is old enough.
   *
   * @return how many requests
   * @throws UnavailableException if the database does not answer
   */
  int prune() throws UnavailableException {
    int requests = 0;
    for (Step step : steps(clock.instant().minus(keep))) {
      int some;
      do {
        some = prune(step);
        requests += step.name().equals(REQUESTS) ? some : 0;
      } while (some > 0);
    }
    return requests;
  }

  /**
   * Forgets some of one kind.
   *
   * @return how many rows it has looked at; 0 if nothing is left to do
   */
  int prune(Step step) throws UnavailableException {
    return database.alone("forgetting " + step.name(), step.some()::apply);
  }

  /**
   * A part of the work, of which each call does some in a transaction of its own.
   *
   * @param name what it forgets, as a part of messages
   */
  record Step(String name, Function<Handle, Integer> some) {}

  /** All parts of forgetting what ended before a moment. */
  static List<Step> steps(Instant before) {
    BundleStates.Forgetting removals = new BundleStates.Forgetting(before, AT_ONCE);
    return List.of(
        new Step(REQUESTS, handle -> ConversionWriter.forget(handle, before, REQUESTS_AT_ONCE)),
        new Step(
            "dead letters that were replayed",
            handle -> LetterWriter.forget(handle, before, AT_ONCE)),
        new Step("removals of bundles that nothing names", removals::some),
        new Step(
            "batches with nothing left to do",
            handle -> BatchWriter.forget(handle, before, AT_ONCE)));
  }

  @Override
  public void close() {
    Threads.stop(schedule);
  }
}
