package io.oci2wasm.gateway.view;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes old requests that ended, dead letters that were replayed, and finished batches. It never
 * removes open ones.
 */
public final class StatePruner implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StatePruner.class);
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration INTERVAL = Duration.ofHours(1);

  /** While these are deleted, nothing is taken in from the topics. */
  private static final int AT_ONCE = 500;

  /** The last scan of a registry stays: the next one by schedule is counted from it. */
  private static final String OLD_BATCH =
      "SELECT id FROM batch b WHERE requested_at < :before AND (cancelled_at < :before"
          + " OR ((listed_at < :before OR failed_at < :before)"
          + " AND (listed_entries IS NULL OR listed_entries <= entries) AND NOT EXISTS"
          + " (SELECT 1 FROM batch_entry e WHERE e.batch_id = b.id AND e.state = 'waiting')))"
          + " AND NOT EXISTS (SELECT 1 FROM batch_entry e WHERE e.batch_id = b.id"
          + " AND (e.state = 'running' OR e.ended_at >= :before))"
          + " AND NOT (kind = 'scan' AND NOT EXISTS (SELECT 1 FROM batch n WHERE n.kind = 'scan'"
          + " AND n.registry = b.registry AND n.requested_at > b.requested_at)) LIMIT 1";

  private final StateDatabase database;
  private final Duration keep;
  private final Clock clock;
  private final ScheduledExecutorService schedule =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "state-pruner"));

  StatePruner(StateDatabase database, Duration keep, Clock clock) {
    this.database = database;
    this.keep = keep;
    this.clock = clock;
  }

  /** Prunes soon and then every hour. */
  public static StatePruner start(StateDatabase database, Duration keep, Clock clock) {
    StatePruner pruner = new StatePruner(database, keep, clock);
    var unused =
        pruner.schedule.scheduleWithFixedDelay(
            Threads.round("state-pruner", pruner::pruneOrWarn),
            FIRST.toSeconds(),
            INTERVAL.toSeconds(),
            TimeUnit.SECONDS);
    return pruner;
  }

  private void pruneOrWarn() {
    try {
      int requests = prune();
      LOGGER.atInfo().addKeyValue("requests", requests).log("Forgot what ended long ago");
    } catch (UnavailableException | RuntimeException e) {
      LOGGER.atWarn().setCause(e).addKeyValue(LogKeys.ERROR, e.getMessage()).log("Cannot prune");
    }
  }

  /**
   * Forgets everything that is old enough.
   *
   * @return how many requests
   * @throws UnavailableException if the database does not answer
   */
  int prune() throws UnavailableException {
    Instant before = clock.instant().minus(keep);
    int all = 0;
    int some;
    do {
      some = database.alone("pruning requests", handle -> pruneSome(handle, before));
      all += some;
    } while (some == AT_ONCE);
    int unused = database.alone("pruning dead letters", handle -> pruneLetters(handle, before));
    unused = database.alone("pruning removals", handle -> pruneRemovals(handle, before));
    boolean more;
    do {
      more = database.alone("pruning batches", handle -> pruneBatch(handle, before));
    } while (more);
    return all;
  }

  private static int pruneSome(Handle handle, Instant before) {
    List<String> requests =
        handle
            .createQuery(
                "SELECT id FROM request WHERE ended AND updated_at < :before"
                    + " ORDER BY updated_at LIMIT :limit")
            .bind("before", before)
            .bind("limit", AT_ONCE)
            .mapTo(String.class)
            .list();
    String[] ids = requests.toArray(String[]::new);
    for (String rows :
        new String[] {
          "history WHERE request_id", "conversion WHERE request_id", "child WHERE request_id"
        }) {
      delete(handle, rows, ids);
    }
    delete(handle, "request WHERE id", ids);
    return ids.length;
  }

  private static void delete(Handle handle, String rows, String[] ids) {
    handle
        .createUpdate("DELETE FROM " + rows + " = ANY(:ids)")
        .bindArray("ids", (Object[]) ids)
        .execute();
  }

  private static int pruneLetters(Handle handle, Instant before) {
    String[] ids =
        handle
            .createQuery(
                "SELECT l.id FROM dead_letter l JOIN replay r ON r.dead_letter = l.id"
                    + " WHERE r.replayed_at >= l.dead_at AND r.replayed_at < :before")
            .bind("before", before)
            .mapTo(String.class)
            .list()
            .toArray(String[]::new);
    delete(handle, "replay WHERE dead_letter", ids);
    delete(handle, "dead_letter WHERE id", ids);
    return ids.length;
  }

  private static int pruneRemovals(Handle handle, Instant before) {
    return handle
        .createUpdate(
            "DELETE FROM bundle_removal WHERE removed_at < :before AND NOT EXISTS (SELECT 1"
                + " FROM conversion c WHERE c.conversion_id = bundle_removal.conversion_id)")
        .bind("before", before)
        .execute();
  }

  /** One at a time: it may have very many images. Whether there was one. */
  private static boolean pruneBatch(Handle handle, Instant before) {
    String[] ids =
        handle
            .createQuery(OLD_BATCH)
            .bind("before", before)
            .mapTo(String.class)
            .list()
            .toArray(String[]::new);
    delete(handle, "batch_entry WHERE batch_id", ids);
    delete(handle, "batch WHERE id", ids);
    return ids.length > 0;
  }

  @Override
  public void close() {
    Threads.stop(schedule);
  }
}
