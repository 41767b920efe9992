package io.oci2wasm.runtime.event;

import io.oci2wasm.runtime.LogKeys;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads topics from the past on and then follows them, without a group: whoever starts one sees
 * everything. There is no order among topics, so the listener must not need one.
 */
public final class EventReader implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(EventReader.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(2);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Consumer<ReceivedEvent> listener;
  private final Map<TopicPartition, Long> initialEnds = new HashMap<>();
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean caughtUp;

  private EventReader(KafkaConsumer<byte[], byte[]> consumer, Consumer<ReceivedEvent> listener) {
    this.consumer = consumer;
    this.listener = listener;
    this.thread = new Thread(this::run, "event-reader");
  }

  /**
   * Starts reading.
   *
   * @param recordsPerPartition how far back to begin at most, which bounds time and memory
   * @param listener called on the reader's thread, one event at a time
   */
  public static EventReader start(
      KafkaConfig config,
      List<String> topics,
      long recordsPerPartition,
      Consumer<ReceivedEvent> listener) {
    Map<String, Object> properties = config.clientProperties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    EventReader reader = new EventReader(consumer, listener);
    try {
      reader.seek(topics, recordsPerPartition);
    } catch (KafkaException e) {
      consumer.close();
      throw e;
    }
    reader.thread.start();
    return reader;
  }

  private void seek(List<String> topics, long recordsPerPartition) {
    List<TopicPartition> partitions =
        topics.stream()
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    initialEnds.putAll(consumer.endOffsets(partitions));
    consumer
        .beginningOffsets(partitions)
        .forEach(
            (partition, begin) -> {
              long end = initialEnds.getOrDefault(partition, 0L);
              consumer.seek(partition, Math.max(begin, end - recordsPerPartition));
            });
  }

  /** Whether everything that was there at the start has been read. */
  public boolean caughtUp() {
    return caughtUp && thread.isAlive();
  }

  private void run() {
    try (consumer) {
      while (!stopping) {
        pollOnce();
      }
    } catch (WakeupException e) {
      LOGGER.atDebug().log("Event reader stopped");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pollOnce() throws InterruptedException {
    try {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        deliver(record);
      }
      if (!caughtUp) {
        caughtUp =
            initialEnds.entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
      }
    } catch (WakeupException e) {
      throw e;
    } catch (KafkaException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Cannot read topics");
      Thread.sleep(PAUSE_AFTER_ERROR.toMillis());
    }
  }

  private void deliver(ConsumerRecord<byte[], byte[]> record) {
    try {
      listener.accept(EventCodec.decode(record));
    } catch (UndecodableEventException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Passed over a record");
    }
  }

  @Override
  public void close() {
    stopping = true;
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(10).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
