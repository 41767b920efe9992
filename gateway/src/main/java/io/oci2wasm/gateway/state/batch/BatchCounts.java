package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.gateway.state.database.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Keeps {@code batch_count} in step with {@code batch_entry}, within a transaction of its caller
 * that changes both and holds the lock of the state. Nobody has to count a batch's images to show
 * it, however many it has.
 */
final class BatchCounts {
  private static final String COLUMNS =
      """
      batch_id, state, images, platforms_running, platforms_built, platforms_reused,
      platforms_skipped, platforms_failed, bytes_fetched, bytes_built
      """;
  private static final String INSERT =
      "INSERT INTO batch_count (%s) ".formatted(COLUMNS)
          + """
          VALUES (:batchId, :state, :images, :platforms.running, :platforms.built,
            :platforms.reused, :platforms.skipped, :platforms.failed, :bytes.fetched, :bytes.built)
          """;
  private static final String ADD =
      """
      UPDATE batch_count SET images = images + :images,
        platforms_running = platforms_running + :platforms.running,
        platforms_built = platforms_built + :platforms.built,
        platforms_reused = platforms_reused + :platforms.reused,
        platforms_skipped = platforms_skipped + :platforms.skipped,
        platforms_failed = platforms_failed + :platforms.failed,
        bytes_fetched = bytes_fetched + :bytes.fetched, bytes_built = bytes_built + :bytes.built
      WHERE batch_id = :batchId AND state = :state
      """;

  /** What the table has to say of one batch; {@code %s} is where its images are. */
  private static final String COUNTED =
      """
      SELECT batch_id, state, COUNT(*) AS images, SUM(platforms_running) AS platforms_running,
        SUM(platforms_built) AS platforms_built, SUM(platforms_reused) AS platforms_reused,
        SUM(platforms_skipped) AS platforms_skipped, SUM(platforms_failed) AS platforms_failed,
        SUM(fetched_bytes) AS bytes_fetched, SUM(built_bytes) AS bytes_built
      FROM %sbatch_entry WHERE batch_id = :batch GROUP BY batch_id, state
      """;

  private static final String CARRIED =
      """
      SELECT DISTINCT beside.batch_id FROM %s.batch_entry beside
      JOIN batch_entry shown ON shown.request_id = beside.request_id
      WHERE beside.state = 'waiting' AND shown.state = 'running'
      """;
  private static final String CARRY =
      """
      UPDATE %s.batch_entry SET state = 'running' WHERE state = 'waiting' AND batch_id = :batch
        AND request_id IN (
          SELECT request_id FROM batch_entry WHERE batch_id = :batch AND state = 'running')
      """;

  private final Handle handle;
  private final Map<String, BatchCount> changes = new TreeMap<>();

  BatchCounts(Handle handle) {
    this.handle = handle;
  }

  /** An image as it is counted. */
  public record Image(String requestId, @Nested BatchCount count) {
    /** Columns of {@code batch_entry} as this names them. */
    static final String COLUMNS =
        """
        batch_entry.request_id, batch_entry.batch_id, batch_entry.state, 1 AS images,
        batch_entry.platforms_running, batch_entry.platforms_built, batch_entry.platforms_reused,
        batch_entry.platforms_skipped, batch_entry.platforms_failed,
        batch_entry.fetched_bytes AS bytes_fetched, batch_entry.built_bytes AS bytes_built
        """;

    static final RowMapper<Image> ROW = ConstructorMapper.of(Image.class);
  }

  /** The images of these requests, as far as there are any, as they stand now. */
  static List<Image> images(Handle handle, String[] requests) {
    return Rows.select(handle, Image.COLUMNS, "batch_entry", "request_id", requests)
        .map(Image.ROW)
        .list();
  }

  /** What is kept of a batch, or of several. */
  static List<BatchCount> kept(Handle handle, String... batches) {
    return Rows.select(handle, "batch_count.*", "batch_count", "batch_id", batches)
        .map(BatchCount.ROW)
        .list();
  }

  /** The same by counting images: it takes longer the more there are. */
  static List<BatchCount> counted(Handle handle, String batch) {
    return handle
        .createQuery(COUNTED.formatted(""))
        .bind("batch", batch)
        .map(BatchCount.ROW)
        .list();
  }

  void add(BatchCount change) {
    changes.merge(change.batchId() + change.state(), change, BatchCount::plus);
  }

  void remove(BatchCount change) {
    add(change.negated());
  }

  /** Writes what has changed. */
  void write() {
    List<BatchCount> some =
        changes.values().stream().filter(change -> !change.isNothing()).toList();
    changes.clear();
    if (some.isEmpty()) {
      return;
    }
    List<BatchCount> fresh = new ArrayList<>();
    try (PreparedBatch add = handle.prepareBatch(ADD);
        PreparedBatch insert = handle.prepareBatch(INSERT)) {
      some.forEach(change -> add.bindMethods(change).add());
      int[] updated = add.execute();
      for (int i = 0; i < updated.length; i++) {
        if (updated[i] == 0) {
          fresh.add(some.get(i));
        }
      }
      fresh.forEach(change -> insert.bindMethods(change).add());
      Rows.execute(insert);
    }
    handle
        .createUpdate("DELETE FROM batch_count WHERE images = 0 AND batch_id = ANY(:ids)")
        .bindArray("ids", String.class, some.stream().map(BatchCount::batchId).distinct().toList())
        .execute();
  }

  /** Counts a batch anew in the tables of {@code schema}, which ends in a dot, or is empty. */
  private static void recount(Handle handle, String schema, String batch) {
    handle
        .createUpdate("DELETE FROM %sbatch_count WHERE batch_id = :batch".formatted(schema))
        .bind("batch", batch)
        .execute();
    handle
        .createUpdate(
            "INSERT INTO %sbatch_count (%s) %s"
                .formatted(schema, COLUMNS, COUNTED.formatted(schema)))
        .bind("batch", batch)
        .execute();
  }

  /** Counts a batch anew. */
  static void recount(Handle handle, String batch) {
    recount(handle, "", batch);
  }

  /**
   * Notes images whose requests are in Kafka, but have not been read from there yet, in the tables
   * of the SQL schema {@code next}.
   */
  static void carryOver(Handle handle, String next) {
    for (String batch : handle.createQuery(CARRIED.formatted(next)).mapTo(String.class).list()) {
      handle.createUpdate(CARRY.formatted(next)).bind("batch", batch).execute();
      recount(handle, next + ".", batch);
    }
  }
}
