package io.oci2wasm.testsupport;

import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What lies in the first partition of a broker's topics. */
public final class TopicContents {
  private final Map<String, Object> client;

  /**
   * Of one broker.
   *
   * @param client how Kafka's client reaches it
   */
  public TopicContents(Map<String, Object> client) {
    this.client = Map.copyOf(client);
  }

  /** Everything in {@code topic}. */
  public List<ConsumerRecord<byte[], byte[]>> of(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition only = new TopicPartition(topic, 0);
      consumer.assign(List.of(only));
      consumer.seekToBeginning(List.of(only));
      long end = consumer.endOffsets(List.of(only)).getOrDefault(only, 0L);
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      while (consumer.position(only) < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
      }
      return records;
    }
  }

  /** All dead letters. */
  public List<DeadLetter> letters() {
    return of(Topics.DEAD_LETTERED).stream().map(TopicContents::letter).toList();
  }

  /** The dead letters about a request. */
  public List<DeadLetter> letters(String requestId) {
    return letters().stream()
        .filter(letter -> requestId.equals(letter.work().requestId()))
        .toList();
  }

  /** The first dead letter about a request, once there is one. */
  public DeadLetter awaitLetter(String requestId) {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> letters(requestId), letters -> !letters.isEmpty())
        .get(0);
  }

  private static DeadLetter letter(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Json.MAPPER.readValue(record.value(), DeadLetter.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
