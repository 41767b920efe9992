package io.oci2wasm.gateway.batch;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.runtime.LogKeys;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what is kept of all batches with their images, some time after the start and then now
 * and then, one batch at each look. A gateway of a version that kept less may have changed images
 * on the same database. For one thread.
 */
final class BatchRecount {
  private static final Logger LOGGER = LoggerFactory.getLogger(BatchRecount.class);

  /** An upgrade of all gateways is over by then. */
  static final Duration FIRST = Duration.ofMinutes(5);

  static final Duration EVERY = Duration.ofHours(6);

  private final BatchTransactions transactions;
  private final Clock clock;
  private final Deque<String> left = new ArrayDeque<>();
  private Instant next;

  BatchRecount(BatchTransactions transactions, Clock clock) {
    this.transactions = transactions;
    this.clock = clock;
    this.next = clock.instant().plus(FIRST);
  }

  /**
   * Looks at one batch, if it is time.
   *
   * @throws UnavailableException if the database does not answer: look again later
   */
  void step() throws UnavailableException {
    Instant now = clock.instant();
    if (left.isEmpty() && !now.isBefore(next)) {
      left.addAll(transactions.all());
      next = now.plus(EVERY);
    }
    String batch = left.peek();
    if (batch != null) {
      if (transactions.recount(batch)) {
        LOGGER
            .atWarn()
            .addKeyValue(LogKeys.BATCH_ID, batch)
            .log("The images of a batch are counted anew");
      }
      left.remove();
    }
  }
}
