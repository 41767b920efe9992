package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventPublisher;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what a plan names, many objects at a time, unless it is wanted by now. It announces the
 * removal first, then removes the commit markers. If this process dies, what is left does not exist
 * for anybody, and the next run finds it. Objects that are written again meanwhile stay: their age
 * or marker shows it.
 */
final class Sweeper {
  private static final Logger LOGGER = LoggerFactory.getLogger(Sweeper.class);

  /** So old may be what is known of new requests when something is removed. */
  private static final Duration REFRESH_AFTER = Duration.ofSeconds(1);

  /** As many as a store removes at once. */
  private static final int MAX_OBJECTS = 1000;

  private final Bucket bucket;
  private final NewRequests newRequests;
  private final ImageFacts facts;
  private final EventPublisher publisher;
  private final RetentionConfig config;
  private final Clock clock;
  private final GcTally tally;
  private final List<Removal> batch = new ArrayList<>();
  private final Set<String> sparedParts = new HashSet<>();
  private int batchObjects;
  private Instant refreshed = Instant.MIN;

  Sweeper(
      Bucket bucket,
      NewRequests newRequests,
      ImageFacts facts,
      EventPublisher publisher,
      RetentionConfig config,
      Clock clock,
      GcTally tally) {
    this.bucket = bucket;
    this.newRequests = newRequests;
    this.facts = facts;
    this.publisher = publisher;
    this.config = config;
    this.clock = clock;
    this.tally = tally;
  }

  void sweep(Plan plan, Instant start) throws IOException {
    tellOfMissing(plan, start);
    plan.removals(this::take);
    removeBatch();
    bucket.visitUploads(
        upload -> {
          if (upload.started().isBefore(start.minus(config.grace()))) {
            bucket.abort(upload);
            tally.aborted();
          }
        });
  }

  /** What leads to other documents goes after them: the order within a batch is unknown. */
  private void take(Removal removal) throws IOException {
    if (!batch.isEmpty()) {
      Removal first = batch.get(0);
      if (batchObjects + removal.objects().size() > MAX_OBJECTS
          || first.kind() != removal.kind()
          || first.height() != removal.height()) {
        removeBatch();
      }
    }
    batch.add(removal);
    batchObjects += removal.objects().size();
  }

  private void removeBatch() throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    refresh();
    List<Removal> wanted = new ArrayList<>();
    List<Removal> going = new ArrayList<>();
    for (Removal removal : batch) {
      boolean stays =
          sparedParts.contains(removal.group())
              || (dependsOnImages(removal) && newRequests.wants(removal));
      (stays ? wanted : going).add(removal);
    }
    spare(wanted);
    batch.clear();
    batchObjects = 0;
    going = unchanged(going);
    tell(going);
    bucket.delete(going.stream().map(removal -> removal.marker().key()).toList());
    removeRest(going);
  }

  /** Bundles come first: what one consists of that stays against the plan stays with it. */
  private void spare(List<Removal> removals) throws IOException {
    removals.forEach(tally::spared);
    List<String> bundles =
        removals.stream()
            .filter(removal -> removal.kind() == Kind.BUNDLE)
            .map(Removal::name)
            .toList();
    sparedParts.addAll(BundleParts.of(bucket, bundles));
  }

  private void refresh() throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("retention: found itself stopped, expected to go on");
    }
    if (Duration.between(refreshed, clock.instant()).compareTo(REFRESH_AFTER) >= 0) {
      facts.requireCurrent();
      refreshed = clock.instant();
      newRequests.refresh(refreshed);
    }
  }

  /** Those that nobody has written anew since they were listed. */
  private List<Removal> unchanged(List<Removal> removals) throws IOException {
    Map<String, StoredObject> now =
        bucket.find(removals.stream().map(removal -> removal.marker().key()).toList());
    List<Removal> same = new ArrayList<>();
    List<Removal> anew = new ArrayList<>();
    for (Removal removal : removals) {
      StoredObject found = now.get(removal.marker().key());
      // The plan has microseconds.
      if (found != null
          && found.modified().truncatedTo(ChronoUnit.MICROS).isAfter(removal.marker().modified())) {
        anew.add(removal);
      } else {
        same.add(removal);
      }
    }
    spare(anew);
    return same;
  }

  private void tell(List<Removal> removals) throws IOException {
    List<BundleRemoved> events = new ArrayList<>();
    for (Removal removal : removals) {
      if (removal.kind() == Kind.BUNDLE) {
        events.add(event(removal.name(), removal.rule(), clock.instant()));
      }
    }
    if (!events.isEmpty()) {
      publisher.publish(events);
    }
  }

  private static BundleRemoved event(String name, Rule rule, Instant time) {
    return new BundleRemoved(ObjectKeys.conversionId(name), rule.toString(), time);
  }

  /** Everything but the markers, unless a conversion has just finished the same thing again. */
  private void removeRest(List<Removal> removals) throws IOException {
    List<String> more = new ArrayList<>();
    List<Removal> anew = new ArrayList<>();
    Map<String, StoredObject> again =
        bucket.find(
            removals.stream()
                .filter(removal -> removal.objects().size() > 1)
                .map(removal -> removal.marker().key())
                .toList());
    for (Removal removal : removals) {
      if (again.containsKey(removal.marker().key())) {
        anew.add(removal);
        continue;
      }
      removal.objects().stream().skip(1).forEach(object -> more.add(object.key()));
      tally.removed(removal);
      LOGGER
          .atInfo()
          .addKeyValue(LogKeys.OBJECT_KEY, removal.marker().key())
          .addKeyValue(LogKeys.SIZE_BYTES, removal.sizeBytes())
          .addKeyValue(LogKeys.REASON, removal.rule())
          .log("Removed by retention");
    }
    spare(anew);
    bucket.delete(more);
  }

  /**
   * Bundles that people are told of and that are not there: a run died, or the store has lost them.
   * Those announced since this run began are there again.
   */
  private void tellOfMissing(Plan plan, Instant start) throws IOException {
    List<String> some = new ArrayList<>();
    plan.missing(
        name -> {
          some.add(name);
          if (some.size() >= MAX_OBJECTS) {
            tellOfMissing(some, start);
          }
        });
    tellOfMissing(some, start);
  }

  private void tellOfMissing(List<String> names, Instant start) throws IOException {
    if (names.isEmpty()) {
      return;
    }
    refresh();
    Map<String, StoredObject> there =
        bucket.find(
            names.stream()
                .map(name -> ObjectKeys.bundleDescription(ObjectKeys.conversionId(name)))
                .toList());
    publisher.publish(
        names.stream()
            .filter(
                name ->
                    !there.containsKey(ObjectKeys.bundleDescription(ObjectKeys.conversionId(name))))
            .map(name -> event(name, Rule.MISSING, start))
            .toList());
    names.clear();
  }

  /** What was never finished serves no image even if one wants it. */
  private static boolean dependsOnImages(Removal removal) {
    return removal.rule() != Rule.INCOMPLETE;
  }
}
