package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.runtime.LogKeys;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts scans of registries on a schedule; not while a scan of the same registry is open. */
final class ScanSchedule {
  private static final Logger LOGGER = LoggerFactory.getLogger(ScanSchedule.class);

  private final ScanConfig config;
  private final BatchReader view;
  private final Batches batches;
  private final Clock clock;

  ScanSchedule(ScanConfig config, BatchReader view, Batches batches, Clock clock) {
    this.config = config;
    this.view = view;
    this.batches = batches;
    this.clock = clock;
  }

  /**
   * Begins the scans that are due.
   *
   * @throws UnavailableException if Kafka or the database does not answer: try again later
   */
  void beginDue() throws UnavailableException {
    Duration every = config.every();
    if (every == null) {
      return;
    }
    for (String registry : config.registries()) {
      Instant now = clock.instant();
      if (isDue(view.newestScan(registry), every, now)) {
        Batch begun = batches.begin(scan(registry, every, now));
        LOGGER
            .atInfo()
            .addKeyValue(LogKeys.BATCH_ID, begun.id())
            .addKeyValue("registry", registry)
            .log("Began a scan");
      }
    }
  }

  private static boolean isDue(Optional<Batch> newest, Duration every, Instant now) {
    return newest.isEmpty()
        || (!newest.get().state().isOpen()
            && !newest.get().times().requestedAt().plus(every).isAfter(now));
  }

  /** Gateways that begin it at the same time begin the same batch. */
  private static BatchRequested scan(String registry, Duration every, Instant now) {
    long turn = now.toEpochMilli() / every.toMillis();
    return new BatchRequested(
        RequestIds.of("schedule", registry, every + "/" + turn),
        BatchRequested.Kind.SCAN,
        registry,
        List.of(),
        null,
        null,
        0,
        now);
  }
}
