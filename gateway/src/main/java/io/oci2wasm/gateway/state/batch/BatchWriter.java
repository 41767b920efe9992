package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.batch.BatchCounts.Image;
import io.oci2wasm.gateway.state.conversion.ConversionWriter;
import io.oci2wasm.gateway.state.conversion.RequestChange;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TableSql;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Writes events about batches to the tables, within a transaction of its caller that holds {@link
 * StateDatabase#lock}. Neither order nor repetition matters.
 */
public final class BatchWriter {
  private static final TableSql BATCH =
      TableSql.of(
          "batch",
          BatchFacts.class,
          Map.of(
              "kind", ":requested?.kind",
              "registry", ":requested?.registry",
              "requested_at", ":requested?.requestedAt"));
  private static final TableSql ENTRY =
      new TableSql(
          """
          INSERT INTO batch_entry (request_id, batch_id, registry, repository, tag, digest, state,
            platforms_running, platforms_built, platforms_reused, platforms_skipped,
            platforms_failed)
          VALUES (:requestId, :batchId, :image.registry, :image.repository, :image.tag,
            :image.digest, 'waiting', 0, 0, 0, 0, 0)
          """,
          """
          UPDATE batch_entry SET state = :state, ended_at = :endedAt,
            platforms_running = :platforms.running, platforms_built = :platforms.built,
            platforms_reused = :platforms.reused, platforms_skipped = :platforms.skipped,
            platforms_failed = :platforms.failed, fetched_bytes = :bytes.fetched,
            built_bytes = :bytes.built
          WHERE request_id = :request
          """);

  /** Of scans, what waits and another request asked for; {@code %s} says which to look at. */
  private static final String ASKED_FOR =
      """
      SELECT DISTINCT %s FROM %s JOIN batch ON batch.id = batch_entry.batch_id
      WHERE batch_entry.state = 'waiting' AND batch.kind = 'scan' AND r.id <> batch_entry.request_id
        AND (r.digest = batch_entry.digest
          OR (batch_entry.digest IS NULL AND r.tag = batch_entry.tag))
      """;

  private static final String REQUESTS_OF_IMAGE =
      """
      JOIN request r ON r.repository = batch_entry.repository
        AND r.registry = batch_entry.registry
      """;

  private static final String ASKED_FOR_OF_BATCH =
      ASKED_FOR.formatted(Image.COLUMNS, "batch_entry " + REQUESTS_OF_IMAGE)
          + " AND batch_entry.batch_id = :batch";

  private static final String ASKED_FOR_AMONG =
      ASKED_FOR.formatted(
          Image.COLUMNS,
          """
          UNNEST(CAST(:ids AS VARCHAR ARRAY)) AS given(id)
          JOIN batch_entry ON batch_entry.request_id = given.id
          """
              + REQUESTS_OF_IMAGE);

  private static final String ASKED_FOR_BY =
      ASKED_FOR.formatted(
          Image.COLUMNS,
          """
          UNNEST(CAST(:ids AS VARCHAR ARRAY)) AS given(id) JOIN request r ON r.id = given.id
          JOIN batch_entry ON batch_entry.repository = r.repository
            AND batch_entry.registry = r.registry
          """);

  private static final String SCAN_WAITING =
      """
      SELECT 1 FROM batch b WHERE b.kind = 'scan' AND EXISTS (
        SELECT 1 FROM batch_entry e WHERE e.batch_id = b.id AND e.state = 'waiting') LIMIT 1
      """;

  /** The last scan of a registry stays: the next one by schedule is counted from it. */
  private static final String OLD =
      """
      SELECT id FROM batch b WHERE requested_at < :before
        AND (cancelled_at < :before OR ((listed_at < :before OR failed_at < :before)
          AND (listed_entries IS NULL OR listed_entries <= entries) AND NOT EXISTS (
            SELECT 1 FROM batch_entry e WHERE e.batch_id = b.id AND e.state = 'waiting')))
        AND NOT EXISTS (
          SELECT 1 FROM batch_entry e WHERE e.batch_id = b.id AND e.state = 'running')
        AND NOT EXISTS (
          SELECT 1 FROM batch_entry e WHERE e.batch_id = b.id AND e.ended_at >= :before)
        AND NOT (kind = 'scan' AND NOT EXISTS (SELECT 1 FROM batch n WHERE n.kind = 'scan'
          AND n.registry = b.registry AND n.requested_at > b.requested_at)) LIMIT 1
      """;

  private final Handle handle;
  private final BatchCounts counts;

  public BatchWriter(Handle handle) {
    this.handle = handle;
    this.counts = new BatchCounts(handle);
  }

  static Optional<BatchFacts> find(Handle handle, String id) {
    return handle
        .createQuery("SELECT * FROM batch WHERE id = :id")
        .bind("id", id)
        .map(BatchFacts.ROW)
        .findOne();
  }

  public void add(List<? extends TopicEvent> events) {
    if (events.isEmpty()) {
      return;
    }
    Map<String, BatchFacts> known = new TreeMap<>();
    Map<String, BatchFacts> changed = new TreeMap<>();
    Map<String, BatchEntry> entered = new LinkedHashMap<>();
    Set<String> named = new TreeSet<>();
    for (TopicEvent event : events) {
      if (event instanceof BatchRequested requested) {
        BatchFacts facts = facts(known, changed, requested.batchId());
        if (facts.requested() == null) {
          named.add(facts.id());
        }
        changed.put(facts.id(), facts.with(requested));
      } else if (event instanceof BatchChanged change) {
        changed.put(change.batchId(), facts(known, changed, change.batchId()).with(change));
      } else if (event instanceof BatchEntered one) {
        entered.merge(BatchEntry.of(one).requestId(), BatchEntry.of(one), BatchWriter::named);
      }
    }
    Map<String, Long> fresh = addEntries(entered);
    fresh.forEach(
        (batch, count) ->
            changed.put(batch, facts(known, changed, batch).withEntries(count.intValue())));
    changed.forEach((id, facts) -> save(facts, known.containsKey(id)));
    named.forEach(batch -> markKnown(handle.createQuery(ASKED_FOR_OF_BATCH).bind("batch", batch)));
    markKnown(ASKED_FOR_AMONG, entered.keySet());
    counts.write();
  }

  private BatchFacts facts(
      Map<String, BatchFacts> known, Map<String, BatchFacts> changed, String id) {
    BatchFacts facts = changed.get(id);
    if (facts != null) {
      return facts;
    }
    Optional<BatchFacts> saved = find(handle, id);
    saved.ifPresent(one -> known.put(id, one));
    return saved.orElseGet(() -> BatchFacts.unknown(id));
  }

  private void save(BatchFacts facts, boolean update) {
    handle.createUpdate(update ? BATCH.update() : BATCH.insert()).bindMethods(facts).execute();
  }

  /**
   * Of several names of one image the last in order, so that it does not matter which came first.
   */
  private static BatchEntry named(BatchEntry one, BatchEntry other) {
    return tag(one).compareTo(tag(other)) >= 0 ? one : other;
  }

  private static String tag(BatchEntry entry) {
    @Nullable String tag = entry.image().tag();
    return tag == null ? "" : tag;
  }

  /** How many of each batch are new. */
  private Map<String, Long> addEntries(Map<String, BatchEntry> entered) {
    Map<String, BatchEntry> saved = new TreeMap<>();
    String[] ids = entered.keySet().toArray(String[]::new);
    Rows.select(handle, "batch_entry.*", "batch_entry", "request_id", ids)
        .map(BatchEntry.ROW)
        .forEach(entry -> saved.put(entry.requestId(), entry));
    Map<String, BatchEntry> fresh = new LinkedHashMap<>(entered);
    fresh.keySet().removeAll(saved.keySet());
    try (PreparedBatch insert = handle.prepareBatch(ENTRY.insert());
        PreparedBatch rename =
            handle.prepareBatch("UPDATE batch_entry SET tag = :tag WHERE request_id = :request")) {
      fresh.values().forEach(entry -> insert.bindMethods(entry).add());
      saved.values().stream()
          .map(entry -> named(entry, entered.getOrDefault(entry.requestId(), entry)))
          .filter(entry -> !entry.equals(saved.get(entry.requestId())))
          .forEach(
              entry -> rename.bind("tag", tag(entry)).bind("request", entry.requestId()).add());
      Rows.execute(insert);
      Rows.execute(rename);
    }
    fresh.values().forEach(entry -> counts.add(BatchCount.ofWaiting(entry.batchId())));
    save(new ConversionWriter(handle).load(fresh.keySet()));
    nameBatches(fresh.values());
    return fresh.values().stream()
        .collect(Collectors.groupingBy(BatchEntry::batchId, TreeMap::new, Collectors.counting()));
  }

  /** Conversions that were known before their request was an image of a batch. */
  private void nameBatches(Collection<BatchEntry> fresh) {
    try (PreparedBatch update =
        handle.prepareBatch(
            "UPDATE conversion SET batch_id = :batch WHERE request_id = :request")) {
      fresh.forEach(
          entry -> update.bind("batch", entry.batchId()).bind("request", entry.requestId()).add());
      Rows.execute(update);
    }
  }

  private void markKnown(String sql, Set<String> requests) {
    if (!requests.isEmpty()) {
      markKnown(handle.createQuery(sql).bindArray("ids", String.class, requests));
    }
  }

  private void markKnown(Query found) {
    restate(found.map(Image.ROW).list(), BatchEntryState.KNOWN);
  }

  /** Writes that these images are in another state, of which nothing else is known. */
  private void restate(List<Image> images, BatchEntryState state) {
    try (PreparedBatch update =
        handle.prepareBatch("UPDATE batch_entry SET state = :state WHERE request_id = :request")) {
      for (Image image : images) {
        update.bind("state", state).bind("request", image.requestId()).add();
        counts.remove(image.count());
        counts.add(image.count().in(state));
      }
      Rows.execute(update);
    }
  }

  /** Notes what changes of requests mean for batches. */
  public void settle(Collection<RequestChange> changes) {
    if (changes.isEmpty()) {
      return;
    }
    Map<String, RequestChange> byId =
        changes.stream().collect(Collectors.toMap(RequestChange::id, change -> change));
    save(byId);
    if (isAnyScanWaiting()) {
      markKnown(ASKED_FOR_BY, byId.keySet());
    }
    counts.write();
  }

  private boolean isAnyScanWaiting() {
    return handle.createQuery(SCAN_WAITING).mapTo(Integer.class).findOne().isPresent();
  }

  /** Writes what became of those that are images of batches. */
  private void save(Map<String, RequestChange> changes) {
    List<Image> images = BatchCounts.images(handle, changes.keySet().toArray(String[]::new));
    try (PreparedBatch update = handle.prepareBatch(ENTRY.update())) {
      for (Image image : images) {
        BatchOutcome outcome =
            BatchOutcome.of(Objects.requireNonNull(changes.get(image.requestId())));
        update.bindMethods(outcome).bind("request", image.requestId()).add();
        counts.remove(image.count());
        counts.add(image.count().as(outcome));
      }
      Rows.execute(update);
    }
  }

  /** Notes that requests of these images, as far as they wait, are in Kafka. */
  void begun(List<BatchEntry> entries) {
    String[] ids = entries.stream().map(BatchEntry::requestId).toArray(String[]::new);
    restate(
        BatchCounts.images(handle, ids).stream()
            .filter(image -> image.count().state() == BatchEntryState.WAITING)
            .toList(),
        BatchEntryState.RUNNING);
    counts.write();
  }

  /**
   * Forgets up to {@code limit} images of a batch with nothing left to do since a moment, and the
   * batch after its last image: it may have very many.
   *
   * @return how many rows
   */
  public static int forget(Handle handle, Instant before, int limit) {
    Optional<String> batch =
        handle.createQuery(OLD).bind("before", before).mapTo(String.class).findOne();
    if (batch.isEmpty()) {
      return 0;
    }
    List<Image> images =
        handle
            .createQuery(
                "SELECT %s FROM batch_entry WHERE batch_id = :batch LIMIT :limit"
                    .formatted(Image.COLUMNS))
            .bind("batch", batch.get())
            .bind("limit", limit)
            .map(Image.ROW)
            .list();
    if (images.isEmpty()) {
      handle.execute("DELETE FROM batch_count WHERE batch_id = ?", batch.get());
      return handle.execute("DELETE FROM batch WHERE id = ?", batch.get());
    }
    BatchCounts counts = new BatchCounts(handle);
    images.forEach(image -> counts.remove(image.count()));
    Rows.delete(
        handle,
        "batch_entry",
        "request_id",
        images.stream().map(Image::requestId).toArray(String[]::new));
    counts.write();
    return images.size();
  }
}
