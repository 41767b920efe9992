package io.oci2wasm.gateway.retention;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a run of retention when the last one, of any gateway that shares the database, started
 * long enough ago.
 */
public final class RetentionSchedule implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(RetentionSchedule.class);
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final GcRuns runs;
  private final GcRegister register;
  private final Duration every;
  private final Clock clock;
  private final Instant started;
  private volatile Duration overdue = Duration.ZERO;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "retention"));

  RetentionSchedule(GcRuns runs, GcRegister register, Duration every, Clock clock) {
    this.runs = runs;
    this.register = register;
    this.every = every;
    this.clock = clock;
    this.started = clock.instant();
  }

  /** Starts; where there was no run yet, the first one is {@code every} away. */
  public static RetentionSchedule start(
      GcRuns runs, GcRegister register, Duration every, Clock clock) {
    RetentionSchedule schedule = new RetentionSchedule(runs, register, every, clock);
    long look = Math.min(LOOK.toMillis(), every.toMillis());
    var unused =
        schedule.thread.scheduleWithFixedDelay(
            Threads.round("retention", schedule::beginDue), look, look, TimeUnit.MILLISECONDS);
    return schedule;
  }

  /** Shows how long a run has been due and nobody has begun it. */
  public RetentionSchedule measured(MeterRegistry metrics) {
    Gauge.builder("oci2wasm.retention.overdue", () -> overdue.toMillis() / 1000.0)
        .description("How long a run of retention has been due that nobody has begun")
        .baseUnit("seconds")
        .strongReference(true)
        .register(metrics);
    return this;
  }

  /** Begins a run if one is due. */
  void beginDue() {
    try {
      Instant due = register.lastRemoval().orElse(started).plus(every);
      Duration late = Duration.between(due, clock.instant());
      overdue = late.isNegative() ? Duration.ZERO : late;
      if (!late.isNegative()) {
        GcRun unused = runs.begin(false);
      }
    } catch (GcRuns.AlreadyRunningException e) {
      LOGGER.atDebug().log("Somebody's run of retention is under way");
    } catch (UnavailableException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Retention waits");
    } catch (RuntimeException e) {
      LOGGER.atError().setCause(e).log("A defect kept retention from running");
    }
  }

  @Override
  public void close() {
    Threads.stop(thread);
  }
}
