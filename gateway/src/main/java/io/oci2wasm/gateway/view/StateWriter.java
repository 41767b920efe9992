package io.oci2wasm.gateway.view;

import java.sql.ResultSet;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Writes events to the tables, within a transaction of its caller that holds {@link
 * StateDatabase#lock}. The same set of events makes the same rows, in whatever order and however
 * often they come.
 */
final class StateWriter {
  private static final String INSERT_REQUEST =
      "INSERT INTO request (id, lane, sender, registry, repository, tag, digest, outcomes, ended,"
          + " part_of, queued_at, updated_at) VALUES (:id, :lane, :sender, :image.registry,"
          + " :image.repository, :image.tag, :image.digest, :outcomes, :ended, :partOf, :queuedAt,"
          + " :updatedAt)";
  private static final String UPDATE_REQUEST =
      "UPDATE request SET sender = :sender, registry = :image.registry,"
          + " repository = :image.repository, tag = :image.tag, digest = :image.digest,"
          + " outcomes = :outcomes, ended = :ended, part_of = :partOf, queued_at = :queuedAt,"
          + " updated_at = :updatedAt WHERE id = :id";
  private static final String INSERT_CONVERSION =
      "INSERT INTO conversion (id, request_id, shown, lane, registry, repository, tag, digest,"
          + " platform, manifest_digest, state, stage, conversion_id, reused, layer_count,"
          + " layers_converted, bundle_key, bundle_digest, bundle_size, reason, message, queued_at,"
          + " since, waited_ms, worked_ms, updated_at) VALUES (:id, :requestId, :shown, :target.lane,"
          + " :target.image.registry, :target.image.repository, :target.image.tag, :target.image.digest, :target.platform,"
          + " :target.manifestDigest, :status.state, :status.stage, :conversionId, :status.reused, :status.layers?.count,"
          + " :status.layers?.converted, :status.bundle?.objectKey, :status.bundle?.digest, :status.bundle?.size, :status.reason,"
          + " :status.message, :times.queuedAt, :times.since, :times.waitedMs, :times.workedMs, :times.updatedAt)";
  private static final String UPDATE_CONVERSION =
      "UPDATE conversion SET shown = :shown, registry = :target.image.registry,"
          + " repository = :target.image.repository, tag = :target.image.tag, digest = :target.image.digest,"
          + " platform = :target.platform, manifest_digest = :target.manifestDigest, state = :status.state,"
          + " stage = :status.stage, since = :times.since, waited_ms = :times.waitedMs, worked_ms = :times.workedMs,"
          + " conversion_id = :conversionId, reused = :status.reused, layer_count = :status.layers?.count,"
          + " layers_converted = :status.layers?.converted, bundle_key = :status.bundle?.objectKey,"
          + " bundle_digest = :status.bundle?.digest, bundle_size = :status.bundle?.size, reason = :status.reason,"
          + " message = :status.message, queued_at = :times.queuedAt, updated_at = :times.updatedAt WHERE id = :id";
  private static final String INSERT_HISTORY =
      "INSERT INTO history (id, occurred_at, state, stage, attempt, dead_letter, request_id,"
          + " reason, message) VALUES (:subject, :time, :state, :stage, :attempt, :deadLetter,"
          + " :requestId, :reason, :message)";

  private final Handle handle;

  StateWriter(Handle handle) {
    this.handle = handle;
  }

  /** Takes in what is new, and writes what changes by it. */
  void add(List<ConversionUpdate> news) {
    if (news.isEmpty()) {
      return;
    }
    Map<String, RequestChange> changes =
        load(news.stream().map(ConversionUpdate::requestId).collect(Collectors.toSet()));
    for (ConversionUpdate one : news) {
      changes.computeIfAbsent(one.requestId(), id -> new RequestChange(id, one.lane())).add(one);
    }
    saveRequests(changes.values());
    saveConversions(changes.values());
    saveHistory(changes.values());
    saveBelonging(new Children(handle).add(changes.values()));
    new BundleStates(handle).refresh(bundles(changes.values()));
    new BatchWriter(handle).settle(changes.values());
  }

  /**
   * Shows what has become part of another request no more, or again.
   *
   * @param owners the other request of each, null where there is none
   */
  private void saveBelonging(Map<String, @Nullable String> owners) {
    if (!owners.isEmpty()) {
      Map<String, RequestChange> changes = load(owners.keySet());
      changes.values().forEach(change -> change.belongTo(owners.get(change.id())));
      saveRequests(changes.values());
      saveConversions(changes.values());
    }
  }

  /** Those of the requests that are known. */
  Map<String, RequestChange> load(Set<String> requests) {
    Map<String, RequestChange> changes = new TreeMap<>();
    String[] ids = requests.toArray(String[]::new);
    select("request", "id", ids)
        .mapTo(Request.class)
        .forEach(row -> changes.put(row.id(), RequestChange.of(row)));
    select("conversion", "request_id", ids)
        .scanResultSet(
            (rows, context) -> {
              ResultSet row = rows.get();
              while (row.next()) {
                Conversion conversion = StateRows.conversion(row);
                known(changes, conversion.requestId()).saved(conversion, row.getBoolean("shown"));
              }
              return changes;
            });
    select("history", "request_id", ids)
        .scanResultSet(
            (rows, context) -> {
              ResultSet row = rows.get();
              while (row.next()) {
                known(changes, row.getString("request_id"))
                    .saved(row.getString("id"), StateRows.historyEntry(row));
              }
              return changes;
            });
    return changes;
  }

  private Query select(String table, String column, String[] ids) {
    return select(handle, table + ".*", table, column, ids);
  }

  /**
   * The rows whose {@code column} is one of {@code ids}. A join finds each by an index; H2 compares
   * every row that {@code = ANY} finds with every one of the ids.
   */
  static Query select(Handle handle, String what, String table, String column, String[] ids) {
    return handle
        .createQuery(
            "SELECT "
                + what
                + " FROM UNNEST(CAST(:ids AS VARCHAR ARRAY)) AS given(id) JOIN "
                + table
                + " ON "
                + table
                + "."
                + column
                + " = given.id")
        .bindArray("ids", (Object[]) ids);
  }

  private static RequestChange known(Map<String, RequestChange> changes, String request) {
    RequestChange change = changes.get(request);
    if (change == null) {
      throw new IllegalStateException("database: request " + request + " has rows without it");
    }
    return change;
  }

  private void saveRequests(Collection<RequestChange> changes) {
    try (PreparedBatch insert = handle.prepareBatch(INSERT_REQUEST);
        PreparedBatch update = handle.prepareBatch(UPDATE_REQUEST)) {
      for (RequestChange change : changes) {
        Request request = change.request();
        if (!change.isSaved(request)) {
          (change.isSaved() ? update : insert).bindMethods(request).add();
        }
      }
      execute(insert);
      execute(update);
    }
  }

  private void saveConversions(Collection<RequestChange> changes) {
    try (PreparedBatch insert = handle.prepareBatch(INSERT_CONVERSION);
        PreparedBatch update = handle.prepareBatch(UPDATE_CONVERSION)) {
      for (RequestChange change : changes) {
        Instant queuedAt = change.queuedAt();
        for (Subject subject : change.subjects()) {
          Conversion conversion = change.conversion(subject, queuedAt);
          boolean shown = change.isShown(subject);
          if (!change.isSaved(conversion, shown)) {
            (change.isSaved(subject) ? update : insert)
                .bindMethods(conversion)
                .bind("shown", shown)
                .add();
          }
        }
      }
      execute(insert);
      execute(update);
    }
  }

  private void saveHistory(Collection<RequestChange> changes) {
    try (PreparedBatch insert = handle.prepareBatch(INSERT_HISTORY)) {
      for (RequestChange change : changes) {
        for (Subject subject : change.subjects()) {
          for (HistoryEntry entry : subject.unsaved()) {
            insert
                .bindMethods(entry)
                .bind("subject", subject.id())
                .bind("requestId", subject.requestId())
                .bind("deadLetter", entry.deadLetterId() == null ? "" : entry.deadLetterId())
                .add();
          }
        }
      }
      execute(insert);
    }
  }

  private static Set<String> bundles(Collection<RequestChange> changes) {
    return changes.stream()
        .flatMap(change -> change.subjects().stream())
        .flatMap(subject -> subject.conversionId().stream())
        .collect(Collectors.toSet());
  }

  private static void execute(PreparedBatch batch) {
    if (batch.size() > 0) {
      batch.execute();
    }
  }
}
