package io.oci2wasm.runtime.work;

import io.oci2wasm.runtime.LogKeys;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A record that a share group delivered, with its lock. The lock is renewed from the consumer's own
 * thread, in the one way that leaves other records alone (KIP-1222): the renewal is committed, and
 * the poll after it gives the same record back. A poll that had to send the renewal would ask for
 * another record as well, and each record given back counts as tried.
 */
final class RecordLock {
  private static final Logger LOGGER = LoggerFactory.getLogger(RecordLock.class);
  private static final Duration POLL = Duration.ofMillis(500);

  private final ShareConsumer<byte[], byte[]> consumer;
  private final Duration lockDuration;
  private ConsumerRecord<byte[], byte[]> record;
  private long renewed;
  private boolean held = true;

  /**
   * A lock that nothing is known of yet.
   *
   * @param since the earliest time, in nanoseconds of {@link System#nanoTime}, at which the lock
   *     may have begun
   */
  RecordLock(
      ShareConsumer<byte[], byte[]> consumer,
      ConsumerRecord<byte[], byte[]> record,
      Duration lockDuration,
      long since) {
    this.consumer = consumer;
    this.record = record;
    this.lockDuration = lockDuration;
    this.renewed = since;
  }

  /**
   * Renews the lock when a third of its time is over. False if it is lost, for another has the
   * record then or will have it: the consumer must not be used any more but for {@code close}.
   */
  boolean keep() {
    if (held && System.nanoTime() - renewed > lockDuration.toNanos() / 3) {
      held = commit(AcknowledgeType.RENEW) && comesBack();
      renewed = System.nanoTime();
      if (!held) {
        LOGGER
            .atWarn()
            .addKeyValue(LogKeys.TOPIC, record.topic())
            .addKeyValue(LogKeys.PARTITION, record.partition())
            .addKeyValue(LogKeys.OFFSET, record.offset())
            .log("The lock on a record was lost; another worker may do the same work");
      }
    }
    return held;
  }

  boolean isHeld() {
    return held;
  }

  /** Ends the lock, if it is not lost. */
  void end(AcknowledgeType verdict) {
    if (held) {
      held = false;
      boolean unused = commit(verdict);
    }
  }

  private boolean comesBack() {
    long end = System.nanoTime() + lockDuration.toNanos() / 3;
    do {
      for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
        if (!isSame(one)) {
          return false;
        }
        record = one;
        return true;
      }
    } while (System.nanoTime() < end);
    return false;
  }

  private boolean isSame(ConsumerRecord<?, ?> other) {
    return record.offset() == other.offset()
        && record.partition() == other.partition()
        && record.topic().equals(other.topic());
  }

  private boolean commit(AcknowledgeType type) {
    consumer.acknowledge(record, type);
    Optional<KafkaException> refusal =
        consumer.commitSync().values().stream().flatMap(Optional::stream).findFirst();
    refusal.ifPresent(
        e ->
            LOGGER
                .atWarn()
                .addKeyValue(LogKeys.TOPIC, record.topic())
                .addKeyValue(LogKeys.ERROR, e.toString())
                .log("An acknowledgement was refused; the event will be delivered again"));
    return refusal.isEmpty();
  }
}
