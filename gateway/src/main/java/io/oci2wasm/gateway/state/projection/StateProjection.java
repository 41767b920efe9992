package io.oci2wasm.gateway.state.projection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.state.conversion.BundleStates;
import io.oci2wasm.gateway.state.database.PermanentError;
import io.oci2wasm.gateway.state.database.ReadingProgress;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.BrokerLetters;
import io.oci2wasm.gateway.state.projection.Intake.Skipped;
import io.oci2wasm.gateway.state.snapshot.Snapshot;
import io.oci2wasm.gateway.state.snapshot.Snapshots;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.OutOfStepException;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.TopicSink;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes the database from the topics. Its position is written in the transaction of the rows. So
 * a crash neither loses nor doubles anything, and several gateways may share a database.
 */
public final class StateProjection implements TopicSink {
  private static final Logger LOGGER = LoggerFactory.getLogger(StateProjection.class);

  private final StateDatabase database;
  private final Snapshots snapshots;
  private final Consumer<ChangedIds> changed;
  private final MeterRegistry metrics;
  private final PushTimes pushTimes;
  private volatile @Nullable ReadingProgress progress;

  /**
   * {@code snapshots} stand for what the topics have lost. {@code changed} is told what the records
   * taken in were about, when their rows are there: also those that another gateway on the same
   * database has taken in.
   */
  public StateProjection(
      StateDatabase database,
      Snapshots snapshots,
      Consumer<ChangedIds> changed,
      MeterRegistry metrics) {
    this.database = database;
    this.snapshots = snapshots;
    this.changed = changed;
    this.metrics = metrics;
    this.pushTimes = new PushTimes(database, metrics);
  }

  /** How much is read of what the topics held when reading them began; null before. */
  public @Nullable ReadingProgress progress() {
    return progress;
  }

  @Override
  public Map<Partition, Long> positions(String cluster, Map<Partition, OffsetRange> available)
      throws UnavailableException {
    boolean useless =
        database.aloneIn(
            "finding the position in topics",
            (handle, known) ->
                isOfAnother(handle, cluster, known) || isTruncated(handle, available));
    if (useless) {
      database.clear();
    }
    if (database.read(handle -> isLacking(consumed(handle), available))) {
      takeSnapshot(cluster, available);
    }
    return database.aloneIn(
        "finding the position in topics",
        (handle, known) -> positions(handle, cluster, known, available));
  }

  /** Whether topics have been trimmed of what would be read next. */
  private static boolean isLacking(
      Map<Partition, Long> consumed, Map<Partition, OffsetRange> available) {
    return available.entrySet().stream()
        .filter(one -> StateTopics.TRIMMED.contains(one.getKey().topic()))
        .anyMatch(one -> consumed.getOrDefault(one.getKey(), 0L) < one.getValue().begin());
  }

  private static boolean isBeyond(
      Map<Partition, Long> consumed, Map<Partition, OffsetRange> available) {
    return available.entrySet().stream()
        .anyMatch(one -> consumed.getOrDefault(one.getKey(), 0L) > one.getValue().end());
  }

  /**
   * Replaces what is there by the newest snapshot from which reading can go on, if there is one.
   */
  private void takeSnapshot(String cluster, Map<Partition, OffsetRange> available)
      throws UnavailableException {
    Optional<Snapshot> found =
        snapshots.newest(
            cluster, offsets -> !isLacking(offsets, available) && !isBeyond(offsets, available));
    if (found.isEmpty()) {
      LOGGER.atWarn().log("The topics do not have what came first, and there is no snapshot of it");
      return;
    }
    boolean unused =
        database.aloneIn(
            "taking in a snapshot",
            (handle, known) ->
                isLacking(consumed(handle), available) && take(handle, found.get(), cluster));
  }

  private boolean take(Handle handle, Snapshot snapshot, String cluster)
      throws UnavailableException {
    LOGGER
        .atInfo()
        .addKeyValue(LogKeys.OBJECT_KEY, snapshot.key())
        .log("Taking in a snapshot of what the topics had");
    StateDatabase.dropReadersIndexes(handle);
    database.forget(handle);
    snapshots.load(handle, snapshot);
    handle.execute("UPDATE projection SET cluster = ?, complete = FALSE", cluster);
    return true;
  }

  /** Whether the state is another cluster's, and may be replaced. */
  private static boolean isOfAnother(Handle handle, String cluster, String known) {
    if (known.isEmpty() || known.equals(cluster)) {
      return false;
    }
    if (!StateDatabase.isRebuildWanted(handle)) {
      throw new ConfigException(
          String.format(
              "gateway.database: found the state of Kafka cluster %s, expected that of %s;"
                  + " name another database, or run once with --rebuild to replace what it holds",
              known, cluster));
    }
    LOGGER.atWarn().log("The database belongs to another Kafka cluster; rebuilding the state");
    return true;
  }

  private static boolean isTruncated(Handle handle, Map<Partition, OffsetRange> available) {
    boolean truncated = isBeyond(consumed(handle), available);
    if (truncated) {
      LOGGER.atWarn().log("Kafka has lost records that the database has; rebuilding the state");
    }
    return truncated;
  }

  private Map<Partition, Long> positions(
      Handle handle, String cluster, String known, Map<Partition, OffsetRange> available) {
    // In one statement: H2 commits when indexes are dropped.
    handle.execute(
        known.isEmpty()
            ? "UPDATE projection SET cluster = ?, complete = FALSE"
            : "UPDATE projection SET cluster = ?",
        cluster);
    Map<Partition, Long> consumed = consumed(handle);
    Map<Partition, Long> positions = new HashMap<>();
    // Retention may have taken what was not read yet.
    available.forEach(
        (partition, range) ->
            positions.put(
                partition, Math.max(consumed.getOrDefault(partition, 0L), range.begin())));
    save(handle, consumed, positions);
    boolean complete = isComplete(handle);
    ReadingProgress begun = new ReadingProgress(available, positions);
    if (known.isEmpty() && !begun.isDone()) {
      StateDatabase.dropReadersIndexes(handle);
    }
    reached(handle, complete, begun);
    return positions;
  }

  private static boolean isComplete(Handle handle) {
    return handle.createQuery("SELECT complete FROM projection").mapTo(Boolean.class).one();
  }

  /** Notes how far reading has come. What was complete once stays so: the rest is new. */
  private void reached(Handle handle, boolean complete, ReadingProgress reached) {
    progress = reached;
    boolean now = complete || reached.isDone();
    if (now && !complete) {
      StateDatabase.makeReadersIndexes(handle);
    }
    handle.execute("UPDATE projection SET complete = ?", now);
    database.filling(now ? null : reached);
  }

  @Override
  public void accept(TopicBatch batch) throws UnavailableException, OutOfStepException {
    if (database.isOfNewerProgram()) {
      throw new UnavailableException(
          "the database's tables belong to a newer version, and only that version stores records;"
              + " start it, or go back to this one with --rebuild once",
          null);
    }
    boolean complete = database.filling() == null;
    Taken taken = inTransaction(batch);
    if (taken.outOfStep() != null) {
      throw taken.outOfStep();
    }
    reportSkipped(taken.skipped());
    if (complete) {
      pushTimes.accept(taken.fresh());
    }
    changed.accept(touched(batch.records()));
    Set<String> losing = losing(batch.records());
    if (!losing.isEmpty()) {
      changed.accept(new ChangedIds(losing, Set.of()));
    }
  }

  /** Requests whose bundles were removed. */
  private Set<String> losing(List<TopicRecord> records) throws UnavailableException {
    Set<String> bundles =
        records.stream()
            .filter(record -> record.partition().topic().equals(Topics.BUNDLE_REMOVED))
            .flatMap(record -> record.copy().text("ce_id").stream())
            .map(id -> id.replaceFirst("/.*", ""))
            .collect(Collectors.toSet());
    return bundles.isEmpty()
        ? Set.of()
        : Set.copyOf(database.read(handle -> new BundleStates(handle).requests(bundles)));
  }

  /** What became of a batch: it was taken in, but for some records, or it is out of step. */
  private record Taken(
      List<TopicRecord> fresh, List<Skipped> skipped, @Nullable OutOfStepException outOfStep) {}

  private Taken inTransaction(TopicBatch batch) throws UnavailableException {
    try {
      return database.aloneAsIs((handle, cluster) -> accept(handle, batch, Intake::all));
    } catch (RuntimeException e) {
      checkRefusal(e, batch.records().size());
    }
    try {
      return database.aloneAsIs((handle, cluster) -> accept(handle, batch, Intake::each));
    } catch (RuntimeException e) {
      checkRefusal(e, batch.records().size());
      throw e;
    }
  }

  private static void checkRefusal(RuntimeException e, int records) throws UnavailableException {
    if (!PermanentError.is(e) && e instanceof JdbiException database) {
      throw StateDatabase.unavailable("taking in " + records + " records", database);
    }
    LOGGER
        .atError()
        .setCause(e)
        .addKeyValue("records", records)
        .addKeyValue(LogKeys.ERROR, e.getMessage())
        .log("Records were refused; storing them one by one");
  }

  private void reportSkipped(List<Skipped> records) {
    for (Skipped one : records) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.TOPIC, one.origin().topic())
          .addKeyValue(LogKeys.PARTITION, one.origin().partition())
          .addKeyValue(LogKeys.OFFSET, one.origin().offset())
          .addKeyValue(LogKeys.REASON, one.reason())
          .addKeyValue(LogKeys.ERROR, one.why())
          .log("A record is skipped");
      Counter.builder("oci2wasm.records.unreadable")
          .description("Records that the gateway could not store in its database")
          .tag("topic", one.origin().topic())
          .tag("reason", one.reason().toString())
          .register(metrics)
          .increment();
    }
  }

  static ChangedIds touched(List<TopicRecord> records) {
    Map<Boolean, Set<String>> ids =
        records.stream()
            .collect(
                Collectors.partitioningBy(
                    record -> Topics.BATCH.contains(record.partition().topic()),
                    Collectors.flatMapping(record -> id(record).stream(), Collectors.toSet())));
    return new ChangedIds(
        Objects.requireNonNull(ids.get(false)), Objects.requireNonNull(ids.get(true)));
  }

  private static Optional<String> id(TopicRecord record) {
    return switch (record.partition().topic()) {
      case Topics.DEAD_LETTERED, Topics.BUNDLE_REMOVED -> Optional.empty();
      case Topics.REPLAYED -> replayed(record).map(EventReplayed::requestId);
      case Topics.DROPPED ->
          BrokerLetters.read(record).map(dropped -> dropped.letter().work().requestId());
      default -> record.requestId();
    };
  }

  private static Optional<EventReplayed> replayed(TopicRecord record) {
    try {
      return Optional.of(record.read(Topics.REPLAYED, EventReplayed.class));
    } catch (UndecodableEventException e) {
      return Optional.empty();
    }
  }

  private Taken accept(
      Handle handle,
      TopicBatch batch,
      BiFunction<Handle, List<TopicRecord>, List<Skipped>> taking) {
    Map<Partition, Long> consumed = consumed(handle);
    for (Map.Entry<Partition, Long> from : batch.from().entrySet()) {
      Long reached = consumed.get(from.getKey());
      if (reached == null || reached < from.getValue()) {
        return new Taken(
            List.of(),
            List.of(),
            new OutOfStepException(
                String.format(
                    "the database is at %s in %s, not %s",
                    reached, from.getKey(), from.getValue())));
      }
    }
    List<TopicRecord> fresh =
        batch.records().stream()
            .filter(one -> one.offset() >= consumed.getOrDefault(one.partition(), 0L))
            .toList();
    List<Skipped> skipped = taking.apply(handle, fresh);
    Map<Partition, Long> reached = new HashMap<>();
    batch.to().forEach((one, to) -> reached.put(one, Math.max(to, consumed.getOrDefault(one, 0L))));
    save(handle, consumed, reached);
    ReadingProgress before = progress;
    if (before != null && !before.isDone()) {
      reached(handle, isComplete(handle), before.with(reached));
    }
    LOGGER.atDebug().addKeyValue(LogKeys.OFFSET, reached).log("Took in records");
    return new Taken(fresh, skipped, null);
  }

  private static Map<Partition, Long> consumed(Handle handle) {
    Map<Partition, Long> consumed = new HashMap<>();
    handle
        .createQuery("SELECT topic, number, next_offset FROM consumed")
        .map(ConstructorMapper.of(Consumed.class))
        .forEach(one -> consumed.put(new Partition(one.topic(), one.number()), one.nextOffset()));
    return consumed;
  }

  /** How far a partition is read. */
  public record Consumed(String topic, int number, long nextOffset) {}

  private static void save(
      Handle handle, Map<Partition, Long> before, Map<Partition, Long> positions) {
    try (PreparedBatch insert =
            handle.prepareBatch(
                "INSERT INTO consumed (next_offset, topic, number) VALUES (?, ?, ?)");
        PreparedBatch update =
            handle.prepareBatch(
                "UPDATE consumed SET next_offset = ? WHERE topic = ? AND number = ?")) {
      positions.forEach(
          (one, next) -> {
            PreparedBatch batch = before.containsKey(one) ? update : insert;
            batch.bind(0, next).bind(1, one.topic()).bind(2, one.number()).add();
          });
      for (PreparedBatch batch : new PreparedBatch[] {insert, update}) {
        Rows.execute(batch);
      }
    }
  }
}
