package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.state.batch.BatchEntry;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.batch.BatchTransactions.OpenBatch;
import io.oci2wasm.runtime.RateLimit;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Writes images of batches as requests in the bulk lane. It writes few at a time, so that pausing
 * and cancelling act soon: what is in the lane is finished. It keeps no state that matters: what
 * was started is in Kafka, and an image started twice is one request.
 */
final class BatchFeeder {
  /** Images of one batch that are begun and have not ended. */
  static final int OUTSTANDING = 64;

  /** Longer than from one look to the next, so that nothing is lost in between. */
  private static final double BURST_SECONDS = 0.5;

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
        limits.computeIfAbsent(
            batch.batchId(),
            id -> new RateLimit(batch.rate(), 1 + batch.rate() * BURST_SECONDS, nanos(now)));
    int room = OUTSTANDING - transactions.running(batch.batchId());
    int count = Math.min(room, limit.available(nanos(now)));
    if (count <= 0) {
      return;
    }
    List<BatchEntry> entries = transactions.waiting(batch.batchId(), count);
    if (entries.isEmpty()) {
      return;
    }
    publisher.publish(entries.stream().map(entry -> pushed(batch, entry, now)).toList());
    Duration unused = limit.take(entries.size(), nanos(now));
    transactions.begun(entries);
  }

  private static long nanos(Instant time) {
    return TimeUnit.MILLISECONDS.toNanos(time.toEpochMilli());
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
