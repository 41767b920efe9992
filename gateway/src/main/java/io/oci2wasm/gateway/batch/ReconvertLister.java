package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.state.batch.BatchTransactions.OpenBatch;
import io.oci2wasm.gateway.state.conversion.RequestedImages;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the images of re-conversion batches among earlier requests. If it dies before the batch is
 * listed, it starts again: images that are named twice are one.
 */
final class ReconvertLister {
  private static final Logger LOGGER = LoggerFactory.getLogger(ReconvertLister.class);
  private static final int AT_ONCE = 500;

  private final RequestedImages asked;
  private final EventPublisher publisher;
  private final Clock clock;

  /** Listed, though the topics may not have told the database yet. */
  private final Set<String> listed = new HashSet<>();

  ReconvertLister(RequestedImages asked, EventPublisher publisher, Clock clock) {
    this.asked = asked;
    this.publisher = publisher;
    this.clock = clock;
  }

  /**
   * Lists those of the batches that wait for it.
   *
   * @throws UnavailableException if Kafka or the database does not answer: list again later
   */
  void list(List<OpenBatch> open) throws UnavailableException {
    for (OpenBatch batch : open) {
      BatchRequested requested = batch.requested();
      if (batch.listing()
          && requested.kind() == BatchRequested.Kind.RECONVERT
          && !listed.contains(requested.batchId())) {
        list(requested);
        listed.add(requested.batchId());
      }
    }
  }

  private void list(BatchRequested batch) throws UnavailableException {
    List<ImageReference> images = asked.list(batch.registry(), batch.repositories(), batch.since());
    for (int start = 0; start < images.size(); start += AT_ONCE) {
      publisher.publish(
          images.subList(start, Math.min(start + AT_ONCE, images.size())).stream()
              .map(image -> new BatchEntered(batch.batchId(), image))
              .toList());
    }
    publisher.publish(
        List.of(
            new BatchChanged(
                batch.batchId(),
                BatchChanged.Change.LISTED,
                null,
                clock.instant(),
                images.size())));
    LOGGER
        .atInfo()
        .addKeyValue(LogKeys.BATCH_ID, batch.batchId())
        .addKeyValue("images", images.size())
        .log("Listed a batch");
  }
}
