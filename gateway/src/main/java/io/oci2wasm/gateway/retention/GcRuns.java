package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs retention in the background, one run at a time among all gateways that share a database. So
 * no call takes as long as a run. Thread-safe.
 */
public final class GcRuns implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(GcRuns.class);

  /** How long a run is remembered. */
  public static final Duration KEEP = Duration.ofDays(7);

  /** How long a run of a gateway that died keeps others away. */
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final Collector collector;
  private final GcRegister register;
  private final Clock clock;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "gc"));

  /** On one thread, so that no lease is renewed after it was given back. */
  private final ScheduledExecutorService notes =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "gc-notes"));

  public GcRuns(Collector collector, GcRegister register, Clock clock) {
    this.collector = collector;
    this.register = register;
    this.clock = clock;
  }

  /** Another run is under way. */
  public static final class AlreadyRunningException extends Exception {
    private static final long serialVersionUID = 1L;

    AlreadyRunningException() {
      super("retention: found another run under way, expected none; ask again when it has ended");
    }
  }

  /**
   * Begins one.
   *
   * @param dryRun only tells what would be removed
   * @throws AlreadyRunningException if another has not ended, whoever began it
   * @throws UnavailableException if what is wanted is not known now: ask again later
   */
  public GcRun begin(boolean dryRun) throws AlreadyRunningException, UnavailableException {
    collector.requireCurrent();
    GcRun run = GcRun.begun(UUID.randomUUID().toString(), dryRun, clock.instant());
    if (!register.lease(run.id(), LEASE)) {
      throw new AlreadyRunningException();
    }
    register.save(run);
    thread.execute(() -> run(run));
    return run;
  }

  /**
   * The run with this id, whichever gateway has it.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Optional<GcRun> find(String id) throws UnavailableException {
    return register.find(id);
  }

  private void run(GcRun run) {
    Future<?> renewed =
        notes.scheduleAtFixedRate(
            () -> renew(run), LEASE.toMillis() / 3, LEASE.toMillis() / 3, TimeUnit.MILLISECONDS);
    GcRun ended = ended(run);
    renewed.cancel(false);
    notes.execute(() -> note(ended));
  }

  /** Where it fails, two runs at a time do no harm, only twice the work. */
  private void renew(GcRun run) {
    try {
      boolean unused = register.lease(run.id(), LEASE);
    } catch (UnavailableException | RuntimeException e) {
      LOGGER.atDebug().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Cannot renew a lease");
    }
  }

  private void note(GcRun ended) {
    try {
      register.save(ended);
      register.release(ended.id());
    } catch (UnavailableException | RuntimeException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("The end of a retention run could not be stored");
    }
  }

  private GcRun ended(GcRun run) {
    try {
      return run.done(collector.run(run.dryRun()));
    } catch (IOException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("A run of retention failed");
      return run.failed(e.getMessage() + "; " + GcRun.NOTHING_LOST);
    } catch (RuntimeException e) {
      LOGGER.atError().setCause(e).log("A defect ended a run of retention");
      return run.failed("found a defect of ours; the gateway's log has it in full");
    } catch (Error e) {
      // Whoever waits for the run is told, and others may have their turn, whatever ends it.
      LOGGER.atError().setCause(e).log("An error of the JVM ended a run of retention");
      return run.failed("found " + e + "; " + GcRun.NOTHING_LOST);
    }
  }

  /** Interrupts a run, and notes that: what it has begun to remove is found by the next. */
  @Override
  public void close() {
    Threads.stop(thread);
    Threads.finish(notes);
  }
}
