package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
    return BatchWriter.find(handle, id).flatMap(facts -> shown(handle, facts, clock));
  }

  private static Optional<Batch> shown(Handle handle, BatchFacts facts, Clock clock) {
    BatchRequested requested = facts.requested();
    return requested == null
        ? Optional.empty()
        : Optional.of(Batch.of(requested, facts, BatchProgress.of(handle, facts, clock.instant())));
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
            handle
                .createQuery(NEWEST_SCANS)
                .bindArray("registries", String.class, registries)
                .map(BatchFacts.ROW)
                .list()
                .stream()
                .flatMap(facts -> shown(handle, facts, clock).stream())
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
                PageToken.bind(handle.createQuery(sql), last)
                    .bind("limit", limit + 1)
                    .map(BatchFacts.ROW)
                    .list()
                    .stream()
                    .flatMap(facts -> shown(handle, facts, clock).stream())
                    .toList());
    return Page.of(found, limit, one -> new PageToken(one.times().requestedAt(), one.id()));
  }
}
