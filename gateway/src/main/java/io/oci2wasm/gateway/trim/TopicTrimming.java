package io.oci2wasm.gateway.trim;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.lease.Leases;
import io.oci2wasm.gateway.state.projection.StateTopics;
import io.oci2wasm.gateway.state.snapshot.DamagedSnapshotException;
import io.oci2wasm.gateway.state.snapshot.Snapshot;
import io.oci2wasm.gateway.state.snapshot.Snapshots;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.TopicHistory;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes snapshots of the state, and removes from the topics what two of them stand for
 * (docs/ARCHITECTURE.md, "Growth"). Of several gateways that share a database, one does it.
 */
public final class TopicTrimming implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TopicTrimming.class);
  private static final String LEASE = "trim";
  private static final Duration LOOK = Duration.ofMinutes(1);

  /** Whoever dies at it lets others try again after this time. */
  private static final Duration LONGEST = Duration.ofHours(1);

  /** One may be lost, and nothing is lost with it. */
  private static final int SNAPSHOTS = 2;

  /** The state is not computed from the lanes of delivery. */
  private static final Set<String> TOPICS =
      Stream.concat(
              StateTopics.TRIMMED.stream(),
              Arrays.stream(Lane.values()).map(lane -> Topics.work(Topics.BUNDLE_BUILT, lane)))
          .collect(Collectors.toUnmodifiableSet());

  private final StateDatabase database;
  private final Snapshots snapshots;
  private final TopicHistory history;
  private final Duration after;
  private final Duration every;
  private final MeterRegistry metrics;
  private final Clock clock;
  private final String owner = UUID.randomUUID().toString();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "trim"));

  /** {@code after} and {@code every} as {@link TrimConfig} has them. */
  TopicTrimming(
      StateDatabase database,
      Snapshots snapshots,
      TopicHistory history,
      Duration after,
      Duration every,
      MeterRegistry metrics,
      Clock clock) {
    this.database = database;
    this.snapshots = snapshots;
    this.history = history;
    this.after = after;
    this.every = every;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Looks every minute whether a snapshot is due. */
  public static TopicTrimming start(
      StateDatabase database,
      Snapshots snapshots,
      TopicHistory history,
      Duration after,
      Duration every,
      MeterRegistry metrics,
      Clock clock) {
    TopicTrimming trimming =
        new TopicTrimming(database, snapshots, history, after, every, metrics, clock);
    var unused =
        trimming.thread.scheduleWithFixedDelay(
            Threads.round("trim", trimming::trimDue),
            LOOK.toMillis(),
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
    return trimming;
  }

  private void trimDue() {
    try {
      if (isDue()) {
        run();
      }
    } catch (IOException | RuntimeException e) {
      LOGGER
          .atWarn()
          .setCause(e)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("Topics cannot be trimmed at the moment");
    }
  }

  /** Whether no gateway has written a snapshot for long enough. */
  private boolean isDue() throws IOException {
    Optional<Instant> last =
        snapshots.keys().stream().findFirst().flatMap(ObjectKeys::snapshotTime);
    return last.isEmpty() || !last.get().plus(every).isAfter(clock.instant());
  }

  /**
   * Writes a snapshot, and trims if it and the one before are whole.
   *
   * @return how many records went
   * @throws IOException if something that it needs does not answer: nothing is lost
   */
  long run() throws IOException {
    if (database.upcoming().isPresent() || database.filling() != null) {
      LOGGER.atInfo().log("The state is being computed; no topic is trimmed meanwhile");
      return 0;
    }
    if (!new Leases(database).lease(LEASE, owner, LONGEST)) {
      return 0;
    }
    try {
      long start = System.nanoTime();
      String key = snapshots.write(database, clock.instant());
      count("written");
      LOGGER
          .atInfo()
          .addKeyValue(LogKeys.OBJECT_KEY, key)
          .addKeyValue(LogKeys.DURATION_MS, Duration.ofNanos(System.nanoTime() - start).toMillis())
          .log("Wrote a snapshot of the state");
      List<Snapshot> whole = whole();
      long removed = whole.size() < SNAPSHOTS ? 0 : trim(whole);
      snapshots.forgetBut(SNAPSHOTS);
      return removed;
    } finally {
      new Leases(database).release(LEASE, owner);
    }
  }

  /** Those of the newest that were read to their ends, and belong together. */
  private List<Snapshot> whole() throws IOException {
    List<Snapshot> whole = new ArrayList<>();
    for (String key : snapshots.keys().stream().limit(SNAPSHOTS).toList()) {
      try {
        Snapshot snapshot = snapshots.check(key);
        if (whole.isEmpty() || whole.get(0).cluster().equals(snapshot.cluster())) {
          whole.add(snapshot);
        }
      } catch (DamagedSnapshotException e) {
        count("damaged");
        LOGGER
            .atError()
            .addKeyValue(LogKeys.OBJECT_KEY, key)
            .addKeyValue(LogKeys.ERROR, e.getMessage())
            .log("A snapshot cannot be used; no topic is trimmed until two others are there");
      }
    }
    return whole;
  }

  private long trim(List<Snapshot> whole) throws UnavailableException {
    Map<Partition, Long> below = new HashMap<>();
    history
        .takenByAll(TOPICS, clock.instant().minus(after))
        .forEach(
            (partition, taken) ->
                below.put(
                    partition,
                    StateTopics.ALL.contains(partition.topic())
                        ? whole.stream()
                            .mapToLong(one -> one.offsets().getOrDefault(partition, 0L))
                            .reduce(taken, Math::min)
                        : taken));
    long removed = history.removeBelow(below);
    Counter.builder("oci2wasm.topics.trimmed")
        .description("Records that were removed from topics because snapshots stand for them")
        .register(metrics)
        .increment((double) removed);
    LOGGER.atInfo().addKeyValue("records", removed).log("Trimmed the topics");
    return removed;
  }

  private void count(String result) {
    Counter.builder("oci2wasm.snapshots")
        .description("Snapshots of the state that were written, and that were found damaged")
        .tag("result", result)
        .register(metrics)
        .increment();
  }

  @Override
  public void close() {
    Threads.stop(thread);
    history.close();
  }
}
