package io.oci2wasm.gateway.retention;

import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs retention again and again. A run that fails is logged, and the next one goes on. */
public final class RetentionSchedule implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(RetentionSchedule.class);

  private final Collector collector;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "retention"));

  private RetentionSchedule(Collector collector) {
    this.collector = collector;
  }

  /** Starts; the first run is one {@code interval} away. */
  public static RetentionSchedule start(Collector collector, Duration interval) {
    RetentionSchedule schedule = new RetentionSchedule(collector);
    var unused =
        schedule.thread.scheduleWithFixedDelay(
            schedule::run, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    return schedule;
  }

  private void run() {
    try {
      GcReport unused = collector.run(false);
    } catch (Collector.AlreadyRunningException e) {
      LOGGER.atDebug().log("Somebody's run of retention is under way");
    } catch (IOException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("Retention did not finish; the next run goes on");
    } catch (RuntimeException e) {
      LOGGER.atError().setCause(e).log("A defect ended a run of retention");
    }
  }

  /** Interrupts a run: what it has begun to remove is found by the next. */
  @Override
  public void close() {
    Threads.stop(thread);
  }
}
