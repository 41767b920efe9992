package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.embedded.EmbeddedKafka;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.testsupport.Started;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What docs/ARCHITECTURE.md says that brokers do with share groups, measured. A test that fails
 * with another version of Kafka means that the design can be changed, not that it is broken.
 */
class ShareGroupLimitsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension
  static final Started<EmbeddedKafka> KAFKA = new Started<>(EmbeddedKafka::start);

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static Admin admin;

  @BeforeAll
  static void connect() {
    admin = Admin.create(client());
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  @Test
  void shouldGiveMembersPartitionsOfTheirOwnWhereThereAreEnough() throws Exception {
    assertThat(assignment("four-two", 4, 2)).containsExactlyInAnyOrder(2, 2);
    assertThat(assignment("four-four", 4, 4)).containsOnly(1).hasSize(4);
    // Two members for each partition, none for all: records wait for those two.
    assertThat(assignment("four-eight", 4, 8)).containsOnly(1).hasSize(8);
  }

  @Test
  void shouldGiveTheOnlyPartitionToEveryMember() throws Exception {
    assertThat(assignment("one-three", 1, 3)).containsOnly(1).hasSize(3);
  }

  @Test
  void shouldCountRecordsThatAreDoneBehindOneThatIsNot() throws Exception {
    create("window", 1, Map.of("share.partition.max.record.locks", "100"));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < 300; i++) {
        var unused = producer.send(new ProducerRecord<>("window", new byte[100]));
      }
    }
    try (KafkaShareConsumer<byte[], byte[]> holder = member("window");
        KafkaShareConsumer<byte[], byte[]> other = member("window")) {
      await().atMost(PATIENCE).until(() -> !holder.poll(Duration.ofMillis(500)).isEmpty());
      int passed = 0;
      for (int quiet = 0; quiet < 6; quiet++) {
        for (ConsumerRecord<byte[], byte[]> record : other.poll(Duration.ofMillis(500))) {
          other.acknowledge(record, AcknowledgeType.ACCEPT);
          passed++;
          quiet = -1;
        }
        other.commitSync();
      }

      // The last fetch may go over it.
      assertThat(passed).isBetween(99, 250);
    }
  }

  /** How many partitions each member has. */
  private static List<Integer> assignment(String name, int partitions, int members)
      throws Exception {
    create(name, partitions, Map.of());
    List<KafkaShareConsumer<byte[], byte[]>> all = new ArrayList<>();
    try {
      for (int i = 0; i < members; i++) {
        all.add(member(name));
      }
      List<Integer> found = new ArrayList<>();
      await()
          .atMost(PATIENCE)
          .ignoreExceptionsMatching(e -> e.getCause() instanceof GroupIdNotFoundException)
          .until(
              () -> {
                all.forEach(one -> one.poll(Duration.ofMillis(50)));
                List<Integer> counts =
                    admin.describeShareGroups(List.of(name)).all().get().values().stream()
                        .flatMap(group -> group.members().stream())
                        .map(member -> member.assignment().topicPartitions().size())
                        .toList();
                boolean settled = counts.equals(found) && counts.size() == members;
                found.clear();
                found.addAll(counts);
                return settled && !counts.contains(0);
              });
      return found;
    } finally {
      all.forEach(KafkaShareConsumer::close);
    }
  }

  private static void create(String name, int partitions, Map<String, String> settings)
      throws Exception {
    admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
    List<AlterConfigOp> operations = new ArrayList<>();
    settings.forEach(
        (key, value) ->
            operations.add(
                new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
    operations.add(
        new AlterConfigOp(
            new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET));
    Map<ConfigResource, Collection<AlterConfigOp>> changes =
        Map.of(new ConfigResource(ConfigResource.Type.GROUP, name), operations);
    admin.incrementalAlterConfigs(changes).all().get();
  }

  private static KafkaShareConsumer<byte[], byte[]> member(String name) {
    Map<String, Object> properties = client();
    properties.put("group.id", name);
    properties.put("share.acknowledgement.mode", "explicit");
    properties.put("share.acquire.mode", "record_limit");
    properties.put("max.poll.records", 1);
    KafkaShareConsumer<byte[], byte[]> member =
        new KafkaShareConsumer<>(
            properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    member.subscribe(List.of(name));
    return member;
  }

  private static Map<String, Object> client() {
    return KafkaConfig.DEFAULT.at(KAFKA.get().bootstrapServers()).clientProperties();
  }
}
