package io.oci2wasm.api;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Topic and share group names (docs/FORMATS.md, "Events"). A topic's name without its lane is the
 * event's type.
 */
public final class Topics {
  public static final String IMAGE_PUSHED = "oci2wasm.image.pushed.v1";
  public static final String IMAGE_INGESTED = "oci2wasm.image.ingested.v1";
  public static final String PLATFORM_RESOLVED = "oci2wasm.platform.resolved.v1";
  public static final String TRANSLATION_REQUESTED = "oci2wasm.translation.requested.v1";
  public static final String BUNDLE_BUILT = "oci2wasm.bundle.built.v1";
  public static final String CONVERSION_SKIPPED = "oci2wasm.conversion.skipped.v1";
  public static final String CONVERSION_FAILED = "oci2wasm.conversion.failed.v1";

  /** A bundle is in a registry; without lane. */
  public static final String BUNDLE_DELIVERED = "oci2wasm.bundle.delivered.v1";

  /** A bundle is no longer in the store; without lane. */
  public static final String BUNDLE_REMOVED = "oci2wasm.bundle.removed.v1";

  public static final String IMAGE_DELETED = "oci2wasm.image.deleted.v1";
  public static final String BATCH_REQUESTED = "oci2wasm.batch.requested.v1";
  public static final String BATCH_ENTERED = "oci2wasm.batch.entered.v1";
  public static final String BATCH_CHANGED = "oci2wasm.batch.changed.v1";
  public static final String STAGE_STARTED = "oci2wasm.stage.started.v1";
  public static final String WORK_HELD = "oci2wasm.work.held.v1";

  /** Workers tell that they are there; without lane. */
  public static final String WORKER_SEEN = "oci2wasm.worker.seen.v1";

  public static final String DEAD_LETTERED = "oci2wasm.event.deadlettered.v1";
  public static final String REPLAYED = "oci2wasm.event.replayed.v1";

  /** Completion events that one subscriber is told of again; a header names it. */
  public static final String RESENT = "oci2wasm.event.resent.v1";

  /**
   * Where the broker puts records of work topics that it gives out no more, because not even the
   * worker that was to fail them survived. Brokers accept no name without this prefix (KIP-1191).
   */
  public static final String DROPPED = "dlq.oci2wasm.event.dropped.v1";

  /** Types whose topics have two lanes and are consumed by share groups. */
  public static final List<String> WORK =
      List.of(IMAGE_PUSHED, IMAGE_INGESTED, PLATFORM_RESOLVED, TRANSLATION_REQUESTED);

  /**
   * The type of the events that each stage takes, in the stages' order; a stage that is not there
   * takes none. Announced bundles are forwarded by those who deliver them from the completion topic
   * to lanes of their own.
   */
  public static final Map<Stage, String> TAKEN =
      Collections.unmodifiableMap(
          new EnumMap<>(
              Map.of(
                  Stage.INGEST, IMAGE_PUSHED,
                  Stage.RESOLVE, IMAGE_INGESTED,
                  Stage.TRANSLATE, TRANSLATION_REQUESTED,
                  Stage.BUILD, PLATFORM_RESOLVED,
                  Stage.DELIVER, BUNDLE_BUILT)));

  /** All types with topics in two lanes and a retry topic. */
  public static final List<String> LANED = List.copyOf(TAKEN.values());

  /** The ordinary consumer group that forwards announced bundles to their lanes. */
  public static final String DELIVERY_GROUP = "deliver-worker.announced";

  /** Topics without lane that end a request's platform. */
  public static final List<String> COMPLETION =
      List.of(BUNDLE_BUILT, CONVERSION_SKIPPED, CONVERSION_FAILED);

  /** The ordinary consumer group in which scans are listed. */
  public static final String SCAN_GROUP = Stage.INGEST + "-worker.scan";

  /** Topics without lane that tell of batches. */
  public static final List<String> BATCH = List.of(BATCH_REQUESTED, BATCH_ENTERED, BATCH_CHANGED);

  /** Every type of event that this version knows. */
  public static final Set<String> ALL =
      Set.of(
          IMAGE_PUSHED,
          IMAGE_INGESTED,
          PLATFORM_RESOLVED,
          TRANSLATION_REQUESTED,
          BUNDLE_BUILT,
          BUNDLE_DELIVERED,
          CONVERSION_SKIPPED,
          CONVERSION_FAILED,
          IMAGE_DELETED,
          BATCH_REQUESTED,
          BATCH_ENTERED,
          BATCH_CHANGED,
          STAGE_STARTED,
          WORK_HELD,
          WORKER_SEEN,
          DEAD_LETTERED,
          REPLAYED);

  private Topics() {}

  /** The topic of a work type in a lane, e.g. {@code oci2wasm.image.pushed.v1.push}. */
  public static String work(String type, Lane lane) {
    return type + "." + lane;
  }

  /** Where events of a work type wait until they are tried again; both lanes together. */
  public static String retry(String type) {
    return type + ".retry";
  }

  /**
   * The ordinary consumer group that reads a stage's retry topic, e.g. {@code build-worker.retry}.
   */
  public static String retryGroup(Stage stage) {
    return stage + "-worker.retry";
  }

  /** The share group of a worker in a lane, e.g. {@code ingest-worker.push}. */
  public static String shareGroup(Stage stage, Lane lane) {
    return stage + "-worker." + lane;
  }
}
