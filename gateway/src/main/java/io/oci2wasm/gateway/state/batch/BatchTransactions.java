package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/** Transactions on batches. Thread-safe. */
public final class BatchTransactions {
  static final String OPEN =
      """
      SELECT * FROM batch b WHERE requested IS NOT NULL AND cancelled_at IS NULL AND (
        (listed_at IS NULL AND failed_at IS NULL) OR listed_entries > entries OR EXISTS (
          SELECT 1 FROM batch_entry e
          WHERE e.batch_id = b.id AND e.state IN ('waiting', 'running')))
      ORDER BY requested_at, id
      """;

  /** Conversions of a batch that do not name it. */
  private static final String UNNAMED =
      """
      SELECT c.id FROM batch_entry e JOIN conversion c ON c.request_id = e.request_id
      WHERE e.batch_id = :batch AND c.batch_id IS NULL
      """;

  private final StateDatabase database;
  private final Clock clock;

  public BatchTransactions(StateDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** What is done while nobody else changes batches, in this process or another. */
  public interface Action<T> {
    T in(Transaction transaction) throws UnavailableException;
  }

  /** Lives as long as its action. */
  public static final class Transaction {
    private final Handle handle;
    private final Clock clock;

    private Transaction(Handle handle, Clock clock) {
      this.handle = handle;
      this.clock = clock;
    }

    public Optional<Batch> find(String id) {
      return BatchReader.find(handle, id, clock);
    }

    /** Notes events of batches: shown as soon as this ends. */
    public void take(TopicEvent event) {
      new BatchWriter(handle).add(List.of(event));
    }
  }

  /**
   * What {@code action} returns. If it throws, nothing is changed.
   *
   * @throws UnavailableException if the database does not answer, or the action says so
   */
  public <T> T alone(Action<T> action) throws UnavailableException {
    return database.alone("changing batches", handle -> action.in(new Transaction(handle, clock)));
  }

  /**
   * A batch that is not done.
   *
   * @param listing its images are not all known yet, and nobody has said that they are
   */
  public record OpenBatch(BatchRequested requested, boolean listing, boolean paused) {}

  /**
   * Batches that are neither done nor cancelled, the oldest first.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<OpenBatch> open() throws UnavailableException {
    return database.read(
        handle ->
            handle.createQuery(OPEN).map(BatchFacts.ROW).list().stream()
                .flatMap(BatchTransactions::open)
                .toList());
  }

  private static Stream<OpenBatch> open(BatchFacts facts) {
    BatchRequested requested = facts.requested();
    return requested == null
        ? Stream.empty()
        : Stream.of(new OpenBatch(requested, facts.isListing(), facts.isPaused()));
  }

  /**
   * How many images of a batch are begun and have not ended.
   *
   * @throws UnavailableException if the database does not answer
   */
  public int running(String batch) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT COUNT(*) FROM batch_entry
                    WHERE batch_id = :batch AND state = 'running'
                    """)
                .bind("batch", batch)
                .mapTo(Integer.class)
                .one());
  }

  /**
   * Up to {@code limit} images of a batch that wait to be begun.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<BatchEntry> waiting(String batch, int limit) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT * FROM batch_entry WHERE batch_id = :batch AND state = 'waiting'
                    ORDER BY request_id LIMIT :limit
                    """)
                .bind("batch", batch)
                .bind("limit", limit)
                .map(BatchEntry.ROW)
                .list());
  }

  /**
   * How many images of these batches stand how.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Map<BatchEntryState, Integer> entries(List<OpenBatch> batches)
      throws UnavailableException {
    String[] ids =
        batches.stream().map(batch -> batch.requested().batchId()).toArray(String[]::new);
    return database.read(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT state, SUM(images) AS images FROM batch_count
                    WHERE batch_id = ANY(:ids) GROUP BY state
                    """)
                .bindArray("ids", (Object[]) ids)
                .map(ConstructorMapper.of(StateImages.class))
                .collect(Collectors.toMap(StateImages::state, StateImages::images)));
  }

  /** How many images are in a state. */
  public record StateImages(BatchEntryState state, int images) {}

  /**
   * Notes that requests of these images are in Kafka, which their events will say too.
   *
   * @throws UnavailableException if the database does not answer
   */
  public void begun(List<BatchEntry> entries) throws UnavailableException {
    boolean unused =
        database.alone(
            "noting what a batch began",
            handle -> {
              new BatchWriter(handle).begun(entries);
              return true;
            });
  }

  /**
   * Counts the images of a batch, and notes it where something else was kept; so, too, which
   * conversions are of the batch. An older gateway on the same database notes neither.
   *
   * @return whether something else was kept
   * @throws UnavailableException if the database does not answer
   */
  public boolean recount(String batch) throws UnavailableException {
    boolean wrong =
        database.read(handle -> isMiscounted(handle, batch) || isUnnamed(handle, batch));
    return wrong
        && database.alone(
            "counting the images of a batch",
            handle -> {
              // Between both looks it may have become right, or wrong.
              boolean miscounted = isMiscounted(handle, batch);
              if (miscounted) {
                BatchCounts.recount(handle, batch);
              }
              return nameConversions(handle, batch) > 0 || miscounted;
            });
  }

  /**
   * In one transaction, of which each statement may see another moment; so {@code true} may err.
   */
  private static boolean isMiscounted(Handle handle, String batch) {
    return !Set.copyOf(BatchCounts.kept(handle, batch))
        .equals(Set.copyOf(BatchCounts.counted(handle, batch)));
  }

  private static boolean isUnnamed(Handle handle, String batch) {
    return handle
        .createQuery(UNNAMED + " LIMIT 1")
        .bind("batch", batch)
        .mapTo(String.class)
        .findOne()
        .isPresent();
  }

  private static int nameConversions(Handle handle, String batch) {
    return handle
        .createUpdate("UPDATE conversion SET batch_id = :batch WHERE id IN (%s)".formatted(UNNAMED))
        .bind("batch", batch)
        .execute();
  }

  /**
   * The ids of all batches.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<String> all() throws UnavailableException {
    return database.read(
        handle -> handle.createQuery("SELECT id FROM batch").mapTo(String.class).list());
  }

  /**
   * Notes images whose requests are in Kafka, but have not been read from there yet, in tables that
   * are computed beside those that are shown.
   *
   * @param next the SQL schema of those
   */
  public static void carryOver(Handle handle, String next) {
    BatchCounts.carryOver(handle, next);
  }
}
