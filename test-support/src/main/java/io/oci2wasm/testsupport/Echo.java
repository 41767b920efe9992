package io.oci2wasm.testsupport;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Writes every record of some topics once more, some later than what follows from it: copies are
 * kept back for a while and come out in random order.
 */
public final class Echo implements Runnable {
  private static final String MARK = "test-copy";
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int LONGEST_WAIT_POLLS = 10;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Random random;
  private final Thread thread = new Thread(this, "echo");
  private final List<ProducerRecord<byte[], byte[]>> kept = new ArrayList<>();
  private volatile boolean stopping;
  private int copied;

  private Echo(
      KafkaConsumer<byte[], byte[]> consumer,
      KafkaProducer<byte[], byte[]> producer,
      Random random) {
    this.consumer = consumer;
    this.producer = producer;
    this.random = random;
  }

  public static Echo start(
      Map<String, Object> client,
      KafkaProducer<byte[], byte[]> producer,
      List<String> topics,
      long seed) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(
        topics.stream()
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList());
    consumer.seekToEnd(List.of());
    consumer.assignment().forEach(consumer::position);
    Echo echo = new Echo(consumer, producer, new Random(seed));
    echo.thread.start();
    return echo;
  }

  @Override
  public void run() {
    try (consumer) {
      while (!stopping) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          keep(record);
        }
        if (random.nextInt(LONGEST_WAIT_POLLS) == 0) {
          release();
        }
      }
      release();
    }
  }

  private void keep(ConsumerRecord<byte[], byte[]> record) {
    if (record.headers().lastHeader(MARK) == null) {
      ProducerRecord<byte[], byte[]> copy =
          new ProducerRecord<>(
              record.topic(), null, record.key(), record.value(), record.headers());
      copy.headers().add(MARK, "1".getBytes(StandardCharsets.UTF_8));
      kept.add(copy);
    }
  }

  private void release() {
    Collections.shuffle(kept, random);
    for (ProducerRecord<byte[], byte[]> copy : kept) {
      var unused = producer.send(copy);
    }
    producer.flush();
    copied += kept.size();
    kept.clear();
  }

  /** Writes what is kept back, and says how many records were written twice in all. */
  public int stop() throws InterruptedException {
    stopping = true;
    thread.join();
    return copied;
  }
}
