package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TableSql;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Takes events into the tables of requests and conversions, within a transaction of its caller that
 * holds {@link StateDatabase#lock}. The same set of events makes the same rows, in whatever order
 * and however often they come.
 */
public final class ConversionWriter {
  private static final TableSql REQUEST = TableSql.of("request", Request.class);
  private static final TableSql CONVERSION =
      TableSql.of(
          "conversion",
          RequestChange.Saved.class,
          Map.of(
              "batch_id",
              "(SELECT batch_id FROM batch_entry WHERE request_id = :conversion.requestId)"));
  private static final TableSql HISTORY =
      TableSql.of(
          "history",
          RequestChange.SavedEntry.class,
          Map.of("dead_letter", "COALESCE(:entry.deadLetterId, '')"));

  /** Ordered as the index is: H2 else reads and sorts all that ended before. */
  private static final String ENDED =
      """
      SELECT id FROM request WHERE ended AND updated_at < :before
      ORDER BY ended, updated_at LIMIT :limit
      """;

  private final Handle handle;

  public ConversionWriter(Handle handle) {
    this.handle = handle;
  }

  /**
   * Takes in what is new, and writes what changes by it.
   *
   * @return the requests that it was about
   */
  public Collection<RequestChange> add(List<ConversionUpdate> updates) {
    if (updates.isEmpty()) {
      return List.of();
    }
    Map<String, RequestChange> changes =
        load(updates.stream().map(ConversionUpdate::requestId).collect(Collectors.toSet()));
    for (ConversionUpdate one : updates) {
      changes
          .computeIfAbsent(one.requestId(), id -> new RequestChange(id, one.target().lane()))
          .add(one);
    }
    saveRepositories(changes.values());
    saveRequests(changes.values());
    saveConversions(changes.values());
    saveHistory(changes.values());
    saveBelonging(new Children(handle).add(changes.values()));
    new BundleStates(handle).refresh(bundles(changes.values()));
    return changes.values();
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
  public Map<String, RequestChange> load(Set<String> requests) {
    Map<String, RequestChange> changes = new TreeMap<>();
    String[] ids = requests.toArray(String[]::new);
    select("request", "id", ids)
        .map(Request.ROW)
        .forEach(row -> changes.put(row.id(), RequestChange.of(row)));
    select("conversion", "request_id", ids)
        .map(RequestChange.Saved.ROW)
        .forEach(row -> known(changes, row.conversion().requestId()).saved(row));
    select("history", "request_id", ids)
        .map(RequestChange.SavedEntry.ROW)
        .forEach(row -> known(changes, row.requestId()).saved(row));
    return changes;
  }

  private Query select(String table, String column, String[] ids) {
    return Rows.select(handle, table + ".*", table, column, ids);
  }

  private static RequestChange known(Map<String, RequestChange> changes, String request) {
    RequestChange change = changes.get(request);
    if (change == null) {
      throw new IllegalStateException("database: request " + request + " has rows without it");
    }
    return change;
  }

  private void saveRepositories(Collection<RequestChange> changes) {
    Set<String> names =
        changes.stream()
            .filter(change -> !change.isSaved())
            .map(change -> change.request().image().repository())
            .collect(Collectors.toCollection(TreeSet::new));
    if (names.isEmpty()) {
      return;
    }
    names.removeAll(
        select("repository", "name", names.toArray(String[]::new)).mapTo(String.class).set());
    try (PreparedBatch insert =
        handle.prepareBatch("INSERT INTO repository (name) VALUES (:name)")) {
      names.forEach(name -> insert.bind("name", name).add());
      Rows.execute(insert);
    }
  }

  private void saveRequests(Collection<RequestChange> changes) {
    try (PreparedBatch insert = handle.prepareBatch(REQUEST.insert());
        PreparedBatch update = handle.prepareBatch(REQUEST.update())) {
      for (RequestChange change : changes) {
        Request request = change.request();
        if (!change.isSaved(request)) {
          (change.isSaved() ? update : insert).bindMethods(request).add();
        }
      }
      Rows.execute(insert);
      Rows.execute(update);
    }
  }

  private void saveConversions(Collection<RequestChange> changes) {
    try (PreparedBatch insert = handle.prepareBatch(CONVERSION.insert());
        PreparedBatch update = handle.prepareBatch(CONVERSION.update())) {
      for (RequestChange change : changes) {
        Instant queuedAt = change.queuedAt();
        for (ConversionChange subject : change.subjects()) {
          RequestChange.Saved row = change.row(subject, queuedAt);
          if (!change.isSaved(row)) {
            (change.isSaved(subject) ? update : insert).bindMethods(row).add();
          }
        }
      }
      Rows.execute(insert);
      Rows.execute(update);
    }
  }

  private void saveHistory(Collection<RequestChange> changes) {
    try (PreparedBatch insert = handle.prepareBatch(HISTORY.insert())) {
      for (RequestChange change : changes) {
        for (ConversionChange subject : change.subjects()) {
          for (HistoryEntry entry : subject.unsaved()) {
            insert
                .bindMethods(new RequestChange.SavedEntry(subject.id(), subject.requestId(), entry))
                .add();
          }
        }
      }
      Rows.execute(insert);
    }
  }

  private static Set<String> bundles(Collection<RequestChange> changes) {
    return changes.stream()
        .flatMap(change -> change.subjects().stream())
        .flatMap(subject -> subject.conversionId().stream())
        .collect(Collectors.toSet());
  }

  /**
   * Forgets up to {@code limit} requests that ended before a moment, with all that belongs to them.
   *
   * @return how many
   */
  public static int forget(Handle handle, Instant before, int limit) {
    String[] ids =
        handle
            .createQuery(ENDED)
            .bind("before", before)
            .bind("limit", limit)
            .mapTo(String.class)
            .list()
            .toArray(String[]::new);
    for (String table : new String[] {"history", "conversion", "child", "delivery"}) {
      Rows.delete(handle, table, "request_id", ids);
    }
    Rows.delete(handle, "request", "id", ids);
    return ids.length;
  }
}
