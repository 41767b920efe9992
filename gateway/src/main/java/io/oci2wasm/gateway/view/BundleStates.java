package io.oci2wasm.gateway.view;

import io.oci2wasm.api.event.BundleRemoved;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/**
 * Tells whether bundles exist. A bundle is removed while its last removal is later than its last
 * announcement, whichever request that was for; so the order in which both are read does not
 * matter.
 */
final class BundleStates {
  private static final String SET_REMOVED =
      "UPDATE conversion SET state = 'removed', message = :message, since = :since"
          + " WHERE conversion_id = :id AND state = 'built'";
  private static final String SET_BUILT =
      "UPDATE conversion SET state = 'built', message = NULL, since = :since"
          + " WHERE conversion_id = :id AND state = 'removed'";

  private final Handle handle;

  BundleStates(Handle handle) {
    this.handle = handle;
  }

  private record Removal(Instant time, String rule) {}

  /** Takes removals in, and writes what changes by them. */
  void add(List<BundleRemoved> removals) {
    if (removals.isEmpty()) {
      return;
    }
    List<String> ids = removals.stream().map(BundleRemoved::conversionId).toList();
    Map<String, Removal> known = removals(ids);
    for (BundleRemoved removal : removals) {
      Removal last = known.get(removal.conversionId());
      if (last == null || last.time().isBefore(removal.removedAt())) {
        handle
            .createUpdate(
                last == null
                    ? "INSERT INTO bundle_removal (conversion_id, removed_at, rule)"
                        + " VALUES (:id, :time, :rule)"
                    : "UPDATE bundle_removal SET removed_at = :time, rule = :rule"
                        + " WHERE conversion_id = :id")
            .bind("id", removal.conversionId())
            .bind("time", removal.removedAt())
            .bind("rule", removal.rule())
            .execute();
        known.put(removal.conversionId(), new Removal(removal.removedAt(), removal.rule()));
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
          boolean removed = !built.isAfter(removal.time());
          var update =
              handle
                  .createUpdate(removed ? SET_REMOVED : SET_BUILT)
                  .bind("id", id)
                  .bind("since", removed ? removal.time() : built);
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
        .createQuery(
            "SELECT h.occurred_at FROM conversion c JOIN history h ON h.id = c.id"
                + " WHERE c.conversion_id = :id AND h.state = 'built'"
                + " ORDER BY h.occurred_at DESC LIMIT 1")
        .bind("id", id)
        .map((row, context) -> StateRows.time(row, "occurred_at"))
        .findOne()
        .orElse(Instant.MIN);
  }

  private Map<String, Removal> removals(Collection<String> ids) {
    Map<String, Removal> known = new TreeMap<>();
    handle
        .createQuery(
            "SELECT conversion_id, removed_at, rule FROM bundle_removal"
                + " WHERE conversion_id = ANY(:ids)")
        .bindArray("ids", String.class, ids)
        .map(
            (row, context) ->
                Map.entry(
                    row.getString("conversion_id"),
                    new Removal(StateRows.time(row, "removed_at"), row.getString("rule"))))
        .forEach(one -> known.put(one.getKey(), one.getValue()));
    return known;
  }

  /** The requests that these bundles, one or more, were announced for. */
  List<String> requests(Collection<String> conversionIds) {
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
        .map((row, context) -> StateRows.time(row, "removed_at"))
        .list();
  }
}
