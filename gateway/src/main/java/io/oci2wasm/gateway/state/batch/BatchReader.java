package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Reads batches from the database. Thread-safe. */
public final class BatchReader {
  private static final String NEWEST_SCANS =
      """
      SELECT * FROM (
        SELECT batch.*,
          ROW_NUMBER() OVER (PARTITION BY registry ORDER BY requested_at DESC, id) AS place
        FROM batch WHERE kind = 'scan' AND registry = ANY(:registries)) AS scan
      WHERE place = 1
      """;

  private final StateDatabase database;
  private final Clock clock;

  public BatchReader(StateDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * The batch with this id.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Optional<Batch> find(String id) throws UnavailableException {
    return database.read(handle -> find(handle, id, clock));
  }

  static Optional<Batch> find(Handle handle, String id, Clock clock) {
    return shown(handle, BatchWriter.find(handle, id).stream().toList(), clock).stream()
        .findFirst();
  }

  /**
   * Those of the batches with these ids that there are, in no order.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<Batch> find(Collection<String> ids) throws UnavailableException {
    return ids.isEmpty()
        ? List.of()
        : database.read(
            handle ->
                shown(
                    handle,
                    Rows.select(handle, "batch.*", "batch", "id", ids.toArray(String[]::new))
                        .map(BatchFacts.ROW)
                        .list(),
                    clock));
  }

  private static List<Batch> shown(Handle handle, List<BatchFacts> batches, Clock clock) {
    Map<String, BatchProgress> progress = BatchProgress.of(handle, batches, clock.instant());
    List<Batch> shown = new ArrayList<>();
    for (BatchFacts facts : batches) {
      BatchRequested requested = facts.requested();
      if (requested != null) {
        shown.add(Batch.of(requested, facts, Objects.requireNonNull(progress.get(facts.id()))));
      }
    }
    return shown;
  }

  /**
   * Ids of the batches to which {@code requests} belong.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<String> ofRequests(Set<String> requests) throws UnavailableException {
    if (requests.isEmpty()) {
      return List.of();
    }
    return database.read(
        handle ->
            handle
                .createQuery(
                    "SELECT DISTINCT batch_id FROM batch_entry WHERE request_id = ANY(:requests)")
                .bindArray("requests", String.class, requests)
                .mapTo(String.class)
                .list());
  }

  /**
   * Ids of the batches that are neither done nor cancelled.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<String> open() throws UnavailableException {
    return database.read(
        handle ->
            handle.createQuery(BatchTransactions.OPEN).map(BatchFacts.ROW).list().stream()
                .map(BatchFacts::id)
                .toList());
  }

  /**
   * The scan of a registry that was asked for last.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Optional<Batch> newestScan(String registry) throws UnavailableException {
    return Optional.ofNullable(newestScans(List.of(registry)).get(registry));
  }

  /**
   * The scan of each of these registries that was asked for last, by registry.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Map<String, Batch> newestScans(Collection<String> registries) throws UnavailableException {
    return database.read(
        handle ->
            shown(
                    handle,
                    handle
                        .createQuery(NEWEST_SCANS)
                        .bindArray("registries", String.class, registries)
                        .map(BatchFacts.ROW)
                        .list(),
                    clock)
                .stream()
                .collect(Collectors.toMap(batch -> batch.asked().registry(), Function.identity())));
  }

  /**
   * Up to {@code limit} batches, newest first.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   * @throws UnavailableException if the database does not answer
   */
  public Page<Batch> list(int limit, @Nullable String page) throws UnavailableException {
    PageToken last = PageToken.parse(page);
    String sql =
        """
        SELECT * FROM batch WHERE requested IS NOT NULL AND %s
        ORDER BY requested_at DESC, id LIMIT :limit
        """
            .formatted(PageToken.condition(last, "requested_at", "id"));
    List<Batch> found =
        database.read(
            handle ->
                shown(
                    handle,
                    PageToken.bind(handle.createQuery(sql), last)
                        .bind("limit", limit + 1)
                        .map(BatchFacts.ROW)
                        .list(),
                    clock));
    return Page.of(found, limit, one -> new PageToken(one.times().requestedAt(), one.id()));
  }
}
