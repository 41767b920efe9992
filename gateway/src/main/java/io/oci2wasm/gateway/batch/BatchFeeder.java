package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.state.batch.BatchEntry;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.batch.BatchTransactions.OpenBatch;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes images of batches as requests in the bulk lane: few enough at a time that pausing and
 * cancelling act soon, since what is in the lane is finished. It remembers nothing that matters:
 * what is begun is in Kafka, and an image begun twice is one request.
 */
final class BatchFeeder {
  /** Images of one batch that are begun and have not ended. */
  static final int OUTSTANDING = 64;

  private final BatchTransactions transactions;
  private final EventPublisher publisher;
  private final Clock clock;
  private final Map<String, RateLimit> limits = new HashMap<>();

  BatchFeeder(BatchTransactions transactions, EventPublisher publisher, Clock clock) {
    this.transactions = transactions;
    this.publisher = publisher;
    this.clock = clock;
  }

  /**
   * Begins what may be begun now.
   *
   * @throws UnavailableException if Kafka or the database does not answer: feed again later
   */
  void feed(List<OpenBatch> open) throws UnavailableException {
    limits
        .keySet()
        .retainAll(open.stream().map(one -> one.requested().batchId()).collect(Collectors.toSet()));
    for (OpenBatch batch : open) {
      if (!batch.paused()) {
        feed(batch.requested());
      }
    }
  }

  private void feed(BatchRequested batch) throws UnavailableException {
    Instant now = clock.instant();
    RateLimit limit =
        limits.computeIfAbsent(batch.batchId(), id -> new RateLimit(batch.rate(), now));
    int room = OUTSTANDING - transactions.running(batch.batchId());
    int count = Math.min(room, limit.available(now));
    if (count <= 0) {
      return;
    }
    List<BatchEntry> entries = transactions.waiting(batch.batchId(), count);
    if (entries.isEmpty()) {
      return;
    }
    publisher.publish(entries.stream().map(entry -> pushed(batch, entry, now)).toList());
    limit.take(entries.size());
    transactions.begun(entries);
  }

  private static ImagePushed pushed(BatchRequested batch, BatchEntry entry, Instant now) {
    return new ImagePushed(
        entry.requestId(),
        Lane.BULK,
        BatchEntry.SENDER,
        entry.image(),
        null,
        now,
        batch.batchId(),
        batch.choice());
  }
}
