package io.oci2wasm.runtime.work;

import io.oci2wasm.runtime.event.Consumers;
import io.oci2wasm.runtime.event.KafkaConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** When single records were written. What was read is kept until another is asked for. */
final class RecordTimes implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Room for a producer's batch; a larger one comes too, when its partition's turn comes. */
  private static final int FETCH_BYTES = 64 << 10;

  private final Consumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Written> known = new HashMap<>();

  private RecordTimes(Consumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  private record Written(long offset, Instant at) {}

  static RecordTimes open(KafkaConfig config) {
    Map<String, Object> properties = config.clientProperties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
    return new RecordTimes(Consumers.open(properties));
  }

  /**
   * When the first record from each offset on was written; a partition whose record does not come
   * within some seconds is left out.
   */
  Map<TopicPartition, Instant> at(Map<TopicPartition, Long> offsets) {
    known.entrySet().removeIf(one -> !isAt(one.getValue(), offsets.get(one.getKey())));
    Map<TopicPartition, Long> asked = new HashMap<>(offsets);
    asked.keySet().removeAll(known.keySet());
    if (!asked.isEmpty()) {
      fetch(asked);
    }
    Map<TopicPartition, Instant> times = new HashMap<>();
    known.forEach((partition, written) -> times.put(partition, written.at()));
    return times;
  }

  private static boolean isAt(Written written, @Nullable Long offset) {
    return offset != null && written.offset() == offset;
  }

  private void fetch(Map<TopicPartition, Long> asked) {
    consumer.assign(asked.keySet());
    asked.forEach(consumer::seek);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!known.keySet().containsAll(asked.keySet()) && System.nanoTime() < end) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
      for (TopicPartition partition : records.partitions()) {
        ConsumerRecord<byte[], byte[]> first = records.records(partition).get(0);
        known.putIfAbsent(
            partition,
            new Written(
                asked.getOrDefault(partition, 0L), Instant.ofEpochMilli(first.timestamp())));
        consumer.pause(List.of(partition));
      }
    }
    consumer.unsubscribe();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
