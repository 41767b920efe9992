package io.oci2wasm.runtime.event;

import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Consumers that give records as their bytes: what they hold is read by {@link TopicRecord}. */
public final class Consumers {
  private Consumers() {}

  /** One that reads nothing yet. */
  public static Consumer<byte[], byte[]> open(Map<String, Object> properties) {
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
