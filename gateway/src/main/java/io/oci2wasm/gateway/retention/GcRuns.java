package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs of retention that somebody asks for, in the background: no call is as long as they are. The
 * last one is remembered as long as this process lives. Thread-safe.
 */
public final class GcRuns implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(GcRuns.class);

  private final Collector collector;
  private final Clock clock;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "gc"));
  private volatile @Nullable GcRun last;

  public GcRuns(Collector collector, Clock clock) {
    this.collector = collector;
    this.clock = clock;
  }

  /**
   * Begins one.
   *
   * @param dryRun only tells what would be removed
   * @throws Collector.AlreadyRunningException if another has not ended, whoever began it
   * @throws UnavailableException if what is wanted is not known now: ask again later
   */
  public synchronized GcRun begin(boolean dryRun)
      throws Collector.AlreadyRunningException, UnavailableException {
    collector.claim();
    GcRun begun = GcRun.begun(UUID.randomUUID().toString(), dryRun, clock.instant());
    last = begun;
    thread.execute(() -> end(begun, ended(begun)));
    return begun;
  }

  /** The run with this id, if it is the last one of this process. */
  public Optional<GcRun> find(String id) {
    return Optional.ofNullable(last).filter(run -> run.id().equals(id));
  }

  /** Another may have begun between its end and now; that one is the last then. */
  private synchronized void end(GcRun begun, GcRun ended) {
    if (begun.equals(last)) {
      last = ended;
    }
  }

  private GcRun ended(GcRun run) {
    try {
      return run.done(collector.runClaimed(run.dryRun()));
    } catch (IOException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("A run of retention failed");
      return run.failed(e.getMessage() + "; what was removed stays so, and the next run goes on");
    } catch (RuntimeException e) {
      LOGGER.atError().setCause(e).log("A defect ended a run of retention");
      return run.failed("found a defect of ours; the gateway's log has it in full");
    }
  }

  /** Interrupts a run: what it has begun to remove is found by the next. */
  @Override
  public void close() {
    Threads.stop(thread);
  }
}
