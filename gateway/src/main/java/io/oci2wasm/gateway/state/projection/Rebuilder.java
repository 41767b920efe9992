package io.oci2wasm.gateway.state.projection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.database.ReadingProgress;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.lease.Leases;
import io.oci2wasm.gateway.state.snapshot.Snapshots;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.TopicSink;
import java.time.Clock;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds the state on request, in a second set of tables. The first is shown and updated
 * meanwhile. When the second has caught up, it replaces the first at once. After a crash the
 * rebuild continues. Of several gateways that share a database, one rebuilds and the others follow.
 */
public final class Rebuilder implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Rebuilder.class);

  /** The lease of the gateway that computes the state anew. */
  static final String REBUILD = "rebuild";

  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration TELL_EVERY = Duration.ofSeconds(10);

  private final StateDatabase database;
  private final Leases leases;
  private final Source source;
  private final Snapshots snapshots;
  private final @Nullable Duration keep;
  private final Clock clock;
  private final String owner = UUID.randomUUID().toString();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "rebuild"));
  private final Counter rebuilds;
  private volatile @Nullable Rebuild running;
  private boolean settled;

  /** Where the events come from. */
  public interface Source {
    /**
     * Begins to give everything to {@code sink}.
     *
     * @return what ends that
     * @throws UnavailableException if the source does not answer
     */
    Runnable read(TopicSink sink) throws UnavailableException;
  }

  Rebuilder(
      StateDatabase database,
      Source source,
      Snapshots snapshots,
      @Nullable Duration keep,
      MeterRegistry registry,
      Clock clock) {
    this.database = database;
    this.leases = new Leases(database);
    this.source = source;
    this.snapshots = snapshots;
    this.keep = keep;
    this.clock = clock;
    Gauge.builder("oci2wasm.state.read", this, Rebuilder::ratio)
        .description(
            "Progress of reading the topics while the state is rebuilt, 0 to 1; otherwise 1")
        .strongReference(true)
        .register(registry);
    rebuilds =
        Counter.builder("oci2wasm.state.rebuilds")
            .description("Rebuilds of the state that finished and are shown")
            .register(registry);
  }

  /**
   * Starts looking whether a rebuild is wanted.
   *
   * @param snapshots stand for what the source does not have any more
   * @param keep what was older than that is not shown again, as {@link StatePruner} has it
   */
  public static Rebuilder start(
      StateDatabase database,
      Source source,
      Snapshots snapshots,
      @Nullable Duration keep,
      MeterRegistry registry,
      Clock clock) {
    Rebuilder rebuilder = new Rebuilder(database, source, snapshots, keep, registry, clock);
    var unused =
        rebuilder.thread.scheduleWithFixedDelay(
            Threads.round("rebuild", rebuilder::stepOrWarn),
            0,
            EVERY.toMillis(),
            TimeUnit.MILLISECONDS);
    return rebuilder;
  }

  private void stepOrWarn() {
    try {
      step();
    } catch (UnavailableException | RuntimeException e) {
      LOGGER
          .atWarn()
          .setCause(e)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("The state cannot be rebuilt at the moment");
    }
  }

  /** Looks once, and does what is to be done now. */
  void step() throws UnavailableException {
    database.refresh();
    if (!settled) {
      settled = database.dropForgotten();
    }
    OptionalInt wanted = database.upcoming();
    if (wanted.isEmpty() || !leases.lease(REBUILD, owner, LEASE)) {
      stop();
      return;
    }
    Rebuild rebuild = running;
    if (rebuild == null || rebuild.number != wanted.getAsInt()) {
      stop();
      rebuild = begin(wanted.getAsInt());
      running = rebuild;
    }
    rebuild.tell();
    if (rebuild.isDone()) {
      finish(rebuild);
    }
  }

  private Rebuild begin(int number) throws UnavailableException {
    StateDatabase beside = database.beside(number, handle -> Leases.isHeld(handle, REBUILD, owner));
    try {
      // What is passed by was counted when it came.
      StateProjection projection =
          new StateProjection(beside, snapshots, touched -> {}, new CompositeMeterRegistry());
      LOGGER.atInfo().addKeyValue("generation", number).log("Rebuilding the state");
      return new Rebuild(number, beside, projection, source.read(projection));
    } catch (UnavailableException | RuntimeException e) {
      beside.close();
      throw e;
    }
  }

  private void finish(Rebuild rebuild) throws UnavailableException {
    if (keep != null) {
      int unused = new StatePruner(rebuild.beside, keep, clock).prune();
    }
    if (database.show(rebuild.beside, BatchTransactions::carryOver)) {
      rebuilds.increment();
      settled = false;
      stop();
      leases.release(REBUILD, owner);
    }
  }

  private void stop() {
    Rebuild rebuild = running;
    running = null;
    if (rebuild != null) {
      rebuild.close();
    }
  }

  private double ratio() {
    Rebuild rebuild = running;
    ReadingProgress progress = rebuild == null ? database.filling() : rebuild.projection.progress();
    return progress == null ? rebuild == null ? 1 : 0 : progress.ratio();
  }

  @Override
  public void close() {
    Threads.stop(thread);
    boolean ours = running != null;
    stop();
    if (ours) {
      try {
        leases.release(REBUILD, owner);
      } catch (UnavailableException e) {
        LOGGER
            .atDebug()
            .addKeyValue(LogKeys.ERROR, e.getMessage())
            .log("A lease could not be released; it expires");
      }
    }
  }

  /** One that goes on. */
  private static final class Rebuild {
    private final int number;
    private final StateDatabase beside;
    private final StateProjection projection;
    private final Runnable ending;
    private long toldAt = System.nanoTime() - TELL_EVERY.toNanos();

    Rebuild(int number, StateDatabase beside, StateProjection projection, Runnable ending) {
      this.number = number;
      this.beside = beside;
      this.projection = projection;
      this.ending = ending;
    }

    boolean isDone() {
      ReadingProgress progress = projection.progress();
      return progress != null && progress.isDone();
    }

    void tell() {
      long now = System.nanoTime();
      if (now - toldAt >= TELL_EVERY.toNanos()) {
        toldAt = now;
        LOGGER
            .atInfo()
            .addKeyValue("read", String.valueOf(projection.progress()))
            .log("The state is being rebuilt");
      }
    }

    void close() {
      ending.run();
      beside.close();
    }
  }
}
