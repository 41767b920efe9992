package io.oci2wasm.gateway.batch;

import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.batch.BatchTransactions.OpenBatch;
import io.oci2wasm.gateway.state.conversion.RequestedImages;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.lease.Leases;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.CaughtUp;
import io.oci2wasm.runtime.event.EventPublisher;
import io.oci2wasm.runtime.event.NotCaughtUpException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assembles what runs batches. Of several gateways that share a database, one lists, starts and
 * schedules. When it dies, another continues.
 */
public final class BatchPart implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(BatchPart.class);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration LEASE = Duration.ofSeconds(6);
  private static final Duration METRICS_AGE = Duration.ofSeconds(2);
  private static final String LEASE_NAME = "batches";

  private final BatchTransactions transactions;
  private final Leases leases;
  private final Batches batches;
  private final ReconvertLister lister;
  private final BatchFeeder feeder;
  private final ScanSchedule scans;
  private final BatchRecount recount;
  private final BatchMetrics metrics;
  private final CaughtUp caughtUp;
  private final String owner = UUID.randomUUID().toString();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "batches"));
  private long leasedUntil = System.nanoTime();
  private long shownAt = System.nanoTime() - METRICS_AGE.toNanos();
  private @Nullable String lastProblem;

  private BatchPart(
      ScanConfig config,
      StateDatabase database,
      EventPublisher publisher,
      CaughtUp caughtUp,
      MeterRegistry metrics,
      Clock clock) {
    RequestedImages asked = new RequestedImages(database);
    BatchReader view = new BatchReader(database, clock);
    this.transactions = new BatchTransactions(database, clock);
    this.leases = new Leases(database);
    this.batches = new Batches(view, transactions, asked, publisher, clock);
    this.lister = new ReconvertLister(asked, publisher, clock);
    this.feeder = new BatchFeeder(transactions, publisher, clock);
    this.scans = new ScanSchedule(config, view, batches, clock);
    this.recount = new BatchRecount(transactions, clock);
    this.metrics = new BatchMetrics(metrics);
    this.caughtUp = caughtUp;
  }

  /**
   * Starts.
   *
   * @param caughtUp whether {@code database} knows what the topics hold: nothing is begun before,
   *     or it might be begun twice
   */
  public static BatchPart start(
      ScanConfig config,
      StateDatabase database,
      EventPublisher publisher,
      CaughtUp caughtUp,
      MeterRegistry metrics,
      Clock clock) {
    BatchPart part = new BatchPart(config, database, publisher, caughtUp, metrics, clock);
    var unused =
        part.thread.scheduleWithFixedDelay(
            Threads.round("batches", part::step),
            PAUSE.toMillis(),
            PAUSE.toMillis(),
            TimeUnit.MILLISECONDS);
    return part;
  }

  /** What people ask of batches. */
  public Batches batches() {
    return batches;
  }

  private void step() {
    try {
      if (isCaughtUp()) {
        lead();
      }
      lastProblem = null;
    } catch (UnavailableException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(lastProblem)) {
        LOGGER.atWarn().addKeyValue(LogKeys.ERROR, problem).log("Batches wait");
      }
      lastProblem = problem;
    }
  }

  private boolean isCaughtUp() {
    try {
      caughtUp.check();
      return true;
    } catch (NotCaughtUpException e) {
      LOGGER.atDebug().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Batches wait");
      return false;
    }
  }

  private void lead() throws UnavailableException {
    if (!isLeader()) {
      metrics.show(Map.of());
      return;
    }
    scans.beginDue();
    List<OpenBatch> open = transactions.open();
    lister.list(open);
    feeder.feed(open);
    if (System.nanoTime() - shownAt > METRICS_AGE.toNanos()) {
      metrics.show(transactions.entries(open));
      shownAt = System.nanoTime();
    }
    recount.step();
  }

  /** Renewed early enough that a gateway that is slow for a moment keeps it. */
  private boolean isLeader() throws UnavailableException {
    long now = System.nanoTime();
    if (leasedUntil - now > LEASE.toNanos() / 2) {
      return true;
    }
    if (leases.lease(LEASE_NAME, owner, LEASE)) {
      leasedUntil = now + LEASE.toNanos();
      return true;
    }
    return false;
  }

  @Override
  public void close() {
    Threads.stop(thread);
    try {
      leases.release(LEASE_NAME, owner);
    } catch (UnavailableException e) {
      LOGGER
          .atDebug()
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("A lease could not be released; it expires");
    }
  }
}
