package io.oci2wasm.runtime.work;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * The records of one poll. The consumer's position is already behind them. Those that cannot be
 * taken must be read again, or the next commit would skip them.
 */
final class Polled {
  private Polled() {}

  /** Takes records; all come again if it throws. */
  @FunctionalInterface
  interface Taker<X extends Exception> {
    /** Whether everything is done that follows from them. */
    boolean take(ConsumerRecords<byte[], byte[]> records) throws X, InterruptedException;
  }

  /** Hands {@code records} over; whatever is thrown, they are read again then. */
  static <X extends Exception> boolean handOver(
      Consumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> records, Taker<X> taker)
      throws X, InterruptedException {
    boolean taken = false;
    try {
      boolean done = taker.take(records);
      taken = true;
      return done;
    } finally {
      if (!taken) {
        rewind(consumer, records);
      }
    }
  }

  private static void rewind(
      Consumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> records) {
    for (TopicPartition partition : records.partitions()) {
      if (consumer.assignment().contains(partition)) {
        consumer.seek(partition, records.records(partition).get(0).offset());
      }
    }
  }
}
