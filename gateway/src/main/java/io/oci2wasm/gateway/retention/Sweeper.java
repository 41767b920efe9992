package io.oci2wasm.gateway.retention;

import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectInventory;
import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what a plan names, unless it is wanted by now. The commit marker goes first: what is left
 * if this process dies does not exist for anybody, and the next run finds it. What is written anew
 * meanwhile is noticed by its age or by its marker and stays.
 */
final class Sweeper {
  private static final Logger LOGGER = LoggerFactory.getLogger(Sweeper.class);

  /** So old may be what is known of new requests when something is removed. */
  private static final Duration REFRESH_AFTER = Duration.ofSeconds(1);

  private final ObjectInventory inventory;
  private final Marks marks;
  private final ImageFacts facts;
  private final Clock clock;
  private final GcTally tally;
  private Instant refreshed = Instant.MIN;

  Sweeper(ObjectInventory inventory, Marks marks, ImageFacts facts, Clock clock, GcTally tally) {
    this.inventory = inventory;
    this.marks = marks;
    this.facts = facts;
    this.clock = clock;
    this.tally = tally;
  }

  void sweep(Plan plan) throws IOException {
    for (Removal removal : plan.removals()) {
      refresh();
      if (remove(removal)) {
        tally.removed(removal);
        LOGGER
            .atInfo()
            .addKeyValue(LogKeys.OBJECT_KEY, removal.objects().get(0).key())
            .addKeyValue(LogKeys.SIZE_BYTES, removal.sizeBytes())
            .addKeyValue(LogKeys.REASON, removal.rule())
            .log("Removed by retention");
      } else {
        tally.spared(removal);
      }
    }
    for (StartedUpload upload : plan.uploads()) {
      inventory.abort(upload);
      tally.aborted();
    }
  }

  private void refresh() throws IOException {
    if (Duration.between(refreshed, clock.instant()).compareTo(REFRESH_AFTER) >= 0) {
      facts.requireCurrent();
      refreshed = clock.instant();
      marks.refresh(refreshed);
    }
  }

  /** Whether it is gone; false if somebody wants it, or has written it anew. */
  private boolean remove(Removal removal) throws IOException {
    if (dependsOnImages(removal) && marks.isWanted(removal.name())) {
      return false;
    }
    StoredObject marker = removal.objects().get(0);
    Optional<StoredObject> now = inventory.find(marker.key());
    if (now.isPresent() && now.get().modified().isAfter(marker.modified())) {
      return false;
    }
    for (StoredObject object : removal.objects()) {
      if (!object.equals(marker) && inventory.find(marker.key()).isPresent()) {
        return false; // a conversion has just finished the same thing again
      }
      inventory.delete(object.key());
    }
    return true;
  }

  /** What was never finished, or is packed in an old way, serves no image even if one wants it. */
  private static boolean dependsOnImages(Removal removal) {
    return removal.rule() != Rule.INCOMPLETE
        && !(removal.rule() == Rule.SUPERSEDED && removal.kind() == Kind.LAYER);
  }
}
