package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.gateway.state.database.TableSql;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/**
 * Tells whether bundles exist. A bundle is removed while its last removal is later than its last
 * announcement, whichever request that was for; so the order in which both are read does not
 * matter.
 */
public final class BundleStates {
  private static final TableSql REMOVAL =
      new TableSql(
          """
          INSERT INTO bundle_removal (conversion_id, removed_at, rule)
          VALUES (:conversionId, :removedAt, :rule)
          """,
          """
          UPDATE bundle_removal SET removed_at = :removedAt, rule = :rule
          WHERE conversion_id = :conversionId
          """);
  private static final String SET_REMOVED =
      """
      UPDATE conversion SET state = 'removed', message = :message, since = :since
      WHERE conversion_id = :id AND state = 'built'
      """;
  private static final String SET_BUILT =
      """
      UPDATE conversion SET state = 'built', message = NULL, since = :since
      WHERE conversion_id = :id AND state = 'removed'
      """;
  private static final String LAST_BUILT =
      """
      SELECT h.occurred_at FROM conversion c JOIN history h ON h.id = c.id
      WHERE c.conversion_id = :id AND h.state = 'built'
      ORDER BY h.occurred_at DESC LIMIT 1
      """;
  private static final String NEXT =
      """
      SELECT conversion_id FROM bundle_removal WHERE conversion_id > :after
      ORDER BY conversion_id LIMIT :limit
      """;
  private static final String UNUSED =
      """
      DELETE FROM bundle_removal WHERE conversion_id = ANY(:ids) AND removed_at < :before
        AND NOT EXISTS (
          SELECT 1 FROM conversion c WHERE c.conversion_id = bundle_removal.conversion_id)
      """;

  private final Handle handle;

  public BundleStates(Handle handle) {
    this.handle = handle;
  }

  /** The last removal of a bundle. */
  public record Removal(String conversionId, Instant removedAt, String rule) {}

  /** Takes removals in, and writes what changes by them. */
  public void add(List<BundleRemoved> removals) {
    if (removals.isEmpty()) {
      return;
    }
    List<String> ids = removals.stream().map(BundleRemoved::conversionId).toList();
    Map<String, Removal> known = removals(ids);
    for (BundleRemoved removal : removals) {
      Removal last = known.get(removal.conversionId());
      if (last == null || last.removedAt().isBefore(removal.removedAt())) {
        Removal later = new Removal(removal.conversionId(), removal.removedAt(), removal.rule());
        handle
            .createUpdate(last == null ? REMOVAL.insert() : REMOVAL.update())
            .bindMethods(later)
            .execute();
        known.put(later.conversionId(), later);
      }
    }
    refresh(known);
  }

  /** Writes again what removals say of these conversions, whose rows have changed. */
  void refresh(Collection<String> conversionIds) {
    if (!conversionIds.isEmpty()) {
      refresh(removals(conversionIds));
    }
  }

  private void refresh(Map<String, Removal> removals) {
    removals.forEach(
        (id, removal) -> {
          Instant built = lastBuilt(id);
          boolean removed = !built.isAfter(removal.removedAt());
          var update =
              handle
                  .createUpdate(removed ? SET_REMOVED : SET_BUILT)
                  .bind("id", id)
                  .bind("since", removed ? removal.removedAt() : built);
          if (removed) {
            update.bind("message", message(removal.rule()));
          }
          update.execute();
        });
  }

  private static String message(String rule) {
    return String.format(
        "retention: found the bundle gone by the rule %s; push or re-convert the"
            + " image, and it is made again",
        rule);
  }

  private Instant lastBuilt(String id) {
    return handle
        .createQuery(LAST_BUILT)
        .bind("id", id)
        .mapTo(Instant.class)
        .findOne()
        .orElse(Instant.MIN);
  }

  private Map<String, Removal> removals(Collection<String> ids) {
    Map<String, Removal> known = new TreeMap<>();
    handle
        .createQuery("SELECT * FROM bundle_removal WHERE conversion_id = ANY(:ids)")
        .bindArray("ids", String.class, ids)
        .map(ConstructorMapper.of(Removal.class))
        .forEach(one -> known.put(one.conversionId(), one));
    return known;
  }

  /** The requests that these bundles, one or more, were announced for. */
  public List<String> requests(Collection<String> conversionIds) {
    return handle
        .createQuery("SELECT DISTINCT request_id FROM conversion WHERE conversion_id = ANY(:ids)")
        .bindArray("ids", String.class, conversionIds)
        .mapTo(String.class)
        .list();
  }

  /** When a bundle was removed last. */
  static List<Instant> removedAt(Handle handle, String conversionId) {
    return handle
        .createQuery("SELECT removed_at FROM bundle_removal WHERE conversion_id = :id")
        .bind("id", conversionId)
        .mapTo(Instant.class)
        .list();
  }

  /**
   * Forgets removals of bundles, before a moment, of which nothing else is known. It looks at all
   * of them, some at a time. For one thread.
   */
  public static final class Forgetting {
    private final Instant before;
    private final int limit;
    private String after = "";

    public Forgetting(Instant before, int limit) {
      this.before = before;
      this.limit = limit;
    }

    /** Looks at the next ones; returns at how many. */
    public int some(Handle handle) {
      List<String> ids =
          handle
              .createQuery(NEXT)
              .bind("after", after)
              .bind("limit", limit)
              .mapTo(String.class)
              .list();
      if (!ids.isEmpty()) {
        handle
            .createUpdate(UNUSED)
            .bindArray("ids", String.class, ids)
            .bind("before", before)
            .execute();
        after = ids.get(ids.size() - 1);
      }
      return ids.size();
    }
  }
}
