package io.oci2wasm.runtime.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Topics;
import io.oci2wasm.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one reader of everything sees of a real broker. */
class TopicFollowerIT {
  private static final String TOPIC = Topics.IMAGE_DELETED;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void shouldReadPartitionsThatATopicGetsLaterAndNothingTwice() throws Exception {
    List<Partition> seen = new CopyOnWriteArrayList<>();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
      KafkaConfig config =
          new KafkaConfig(
              kafka.bootstrapServers(),
              1,
              (short) 1,
              Duration.ofSeconds(30),
              5,
              Map.of("metadata.max.age.ms", "300"));
      TopicAdmin.prepare(config);
      try (Admin admin = Admin.create(config.clientProperties());
          KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(
                  config.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer());
          TopicFollower follower =
              TopicFollower.start(
                  config, List.of(TOPIC), new MemorySink(record -> seen.add(record.partition())))) {
        send(producer, 0);
        await().atMost(PATIENCE).until(() -> seen.size() == 1);

        admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(2))).all().get();
        await().atMost(PATIENCE).until(() -> producer.partitionsFor(TOPIC).size() == 2);
        send(producer, 1);
        await().atMost(PATIENCE).until(() -> seen.size() == 2);
        send(producer, 0);
        await().atMost(PATIENCE).until(() -> seen.size() == 3);

        assertThat(seen)
            .containsExactly(
                new Partition(TOPIC, 0), new Partition(TOPIC, 1), new Partition(TOPIC, 0));
        await().atMost(PATIENCE).untilAsserted(follower::checkCaughtUp);
      }
    }
  }

  @Test
  void shouldTakeEverythingOnceAndInOrderThatComesWhileItRests() throws Exception {
    List<Long> seen = new CopyOnWriteArrayList<>();
    List<Long> expected = LongStream.range(0, 200).boxed().toList();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
      KafkaConfig config =
          new KafkaConfig(
              kafka.bootstrapServers(), 1, (short) 1, Duration.ofSeconds(30), 5, Map.of());
      TopicAdmin.prepare(config);
      try (KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(
                  config.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer());
          TopicFollower follower =
              TopicFollower.start(
                  config, List.of(TOPIC), new MemorySink(record -> seen.add(record.offset())))) {
        for (Long unused : expected) {
          send(producer, 0);
        }

        await().atMost(PATIENCE).until(() -> seen.size() >= expected.size());
        assertThat(seen).isEqualTo(expected);
        assertThat(follower.alive()).isTrue();
      }
    }
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, int partition) throws Exception {
    producer.send(new ProducerRecord<>(TOPIC, partition, null, "{}".getBytes(UTF_8))).get();
  }
}
