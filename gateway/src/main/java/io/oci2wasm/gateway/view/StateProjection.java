package io.oci2wasm.gateway.view;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.OutOfStepException;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.TopicSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes the database from the topics. How far it has come is written in the transaction of the
 * rows, so a crash neither loses nor doubles anything; and several gateways may share a database.
 */
public final class StateProjection implements TopicSink {
  private static final Logger LOGGER = LoggerFactory.getLogger(StateProjection.class);

  private final StateDatabase database;
  private final Consumer<Touched> changed;

  /**
   * {@code changed} is told what the records taken in were about, when their rows are there: also
   * those that another gateway on the same database has taken in.
   */
  public StateProjection(StateDatabase database, Consumer<Touched> changed) {
    this.database = database;
    this.changed = changed;
  }

  @Override
  public Map<Partition, Long> positions(String cluster, Map<Partition, OffsetRange> available)
      throws UnavailableException {
    try {
      if (database.jdbi().inTransaction(handle -> isTruncated(handle, cluster, available))) {
        LOGGER.atWarn().log("Kafka has lost records that the database knows; computing it anew");
        database.clear();
      }
      return database.jdbi().inTransaction(handle -> positions(handle, cluster, available));
    } catch (JdbiException e) {
      throw StateDatabase.unavailable("finding the position in topics", e);
    }
  }

  private static boolean isTruncated(
      Handle handle, String cluster, Map<Partition, OffsetRange> available) {
    String known = StateDatabase.lock(handle);
    if (!known.isEmpty() && !known.equals(cluster)) {
      throw new ConfigException(
          "gateway.database: found the state of Kafka cluster "
              + known
              + ", expected that of "
              + cluster
              + "; name another database, or run once with --rebuild to replace what it holds");
    }
    Map<Partition, Long> consumed = consumed(handle);
    return available.entrySet().stream()
        .anyMatch(one -> consumed.getOrDefault(one.getKey(), 0L) > one.getValue().end());
  }

  private static Map<Partition, Long> positions(
      Handle handle, String cluster, Map<Partition, OffsetRange> available) {
    StateDatabase.lock(handle);
    handle.execute("UPDATE projection SET cluster = ?", cluster);
    Map<Partition, Long> consumed = consumed(handle);
    Map<Partition, Long> positions = new HashMap<>();
    // Retention may have taken what was not read yet.
    available.forEach(
        (partition, range) ->
            positions.put(
                partition, Math.max(consumed.getOrDefault(partition, 0L), range.begin())));
    save(handle, consumed, positions);
    return positions;
  }

  @Override
  public void accept(TopicBatch batch) throws UnavailableException, OutOfStepException {
    try {
      database.jdbi().useTransaction(handle -> accept(handle, batch));
      changed.accept(touched(batch.records()));
    } catch (JdbiException e) {
      throw StateDatabase.unavailable("taking in " + batch.records().size() + " records", e);
    }
  }

  private static Touched touched(List<TopicRecord> records) {
    Map<Boolean, Set<String>> ids =
        records.stream()
            .collect(
                Collectors.partitioningBy(
                    record -> Topics.BATCH.contains(record.partition().topic()),
                    Collectors.flatMapping(record -> id(record).stream(), Collectors.toSet())));
    return new Touched(
        Objects.requireNonNull(ids.get(false)), Objects.requireNonNull(ids.get(true)));
  }

  private static Optional<String> id(TopicRecord record) {
    return switch (record.partition().topic()) {
      case Topics.DEAD_LETTERED -> Optional.empty();
      case Topics.REPLAYED ->
          record.event(Topics.REPLAYED, EventReplayed.class).map(EventReplayed::requestId);
      case Topics.DROPPED ->
          BrokerLetters.read(record).map(dropped -> dropped.letter().requestId());
      default -> record.requestId();
    };
  }

  private static void accept(Handle handle, TopicBatch batch) throws OutOfStepException {
    StateDatabase.lock(handle);
    Map<Partition, Long> consumed = consumed(handle);
    for (Map.Entry<Partition, Long> from : batch.from().entrySet()) {
      Long reached = consumed.get(from.getKey());
      if (reached == null || reached < from.getValue()) {
        throw new OutOfStepException(
            "the database is at " + reached + " in " + from.getKey() + ", not " + from.getValue());
      }
    }
    List<TopicRecord> fresh =
        batch.records().stream()
            .filter(one -> one.offset() >= consumed.getOrDefault(one.partition(), 0L))
            .toList();
    take(handle, fresh);
    Map<Partition, Long> reached = new HashMap<>();
    batch.to().forEach((one, to) -> reached.put(one, Math.max(to, consumed.getOrDefault(one, 0L))));
    save(handle, consumed, reached);
    LOGGER.atDebug().addKeyValue(LogKeys.OFFSET, reached).log("Took in records");
  }

  private static void take(Handle handle, List<TopicRecord> records) {
    List<News> news = new ArrayList<>();
    LetterWriter letters = new LetterWriter(handle);
    List<TopicEvent> batches = new ArrayList<>();
    for (TopicRecord record : records) {
      switch (record.partition().topic()) {
        case Topics.DEAD_LETTERED ->
            record
                .event(Topics.DEAD_LETTERED, DeadLetter.class)
                .ifPresent(letter -> letters.add(letter, Letter.Source.PIPELINE));
        case Topics.REPLAYED ->
            record.event(Topics.REPLAYED, EventReplayed.class).ifPresent(letters::add);
        case Topics.BATCH_REQUESTED ->
            record.event(Topics.BATCH_REQUESTED, BatchRequested.class).ifPresent(batches::add);
        case Topics.BATCH_ENTERED ->
            record.event(Topics.BATCH_ENTERED, BatchEntered.class).ifPresent(batches::add);
        case Topics.BATCH_CHANGED ->
            record.event(Topics.BATCH_CHANGED, BatchChanged.class).ifPresent(batches::add);
        case Topics.DROPPED ->
            BrokerLetters.read(record)
                .ifPresent(
                    dropped -> {
                      letters.add(dropped.letter(), Letter.Source.BROKER);
                      Optional.ofNullable(dropped.ending())
                          .flatMap(ending -> EventNews.of(ending, 1))
                          .ifPresent(news::add);
                    });
        default -> record.event().flatMap(event -> news(record, event)).ifPresent(news::add);
      }
    }
    new StateWriter(handle).add(news);
    new BatchWriter(handle).add(batches);
  }

  /** A later try keeps the first one's attributes: it begins to wait when its record is written. */
  private static Optional<News> news(TopicRecord record, ReceivedEvent event) {
    int attempt = record.attempt();
    return EventNews.of(
        attempt == 1 ? event : new ReceivedEvent(event.event(), record.time()), attempt);
  }

  private static Map<Partition, Long> consumed(Handle handle) {
    Map<Partition, Long> consumed = new HashMap<>();
    handle
        .createQuery("SELECT topic, number, next_offset FROM consumed")
        .map(
            (row, context) ->
                Map.entry(
                    new Partition(row.getString("topic"), row.getInt("number")),
                    row.getLong("next_offset")))
        .forEach(one -> consumed.put(one.getKey(), one.getValue()));
    return consumed;
  }

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
        if (batch.size() > 0) {
          batch.execute();
        }
      }
    }
  }
}
