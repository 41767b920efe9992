package io.oci2wasm.gateway.state.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.TestKafka;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterReader;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.runtime.event.TopicFollower;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker sets aside, because no worker took it, is in the list of dead letters. */
class BrokerLetterIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  @SuppressWarnings("try") // the follower only has to be open
  void shouldListWhatTheBrokerSetAsideAndEndItsRequest() throws Exception {
    DatabaseConfig place = DatabaseConfig.DEFAULT.orIn(directory.resolve("state"));
    try (TestKafka kafka = new TestKafka(directory.resolve("kafka"));
        StateDatabase database = StateDatabase.open(place);
        TopicFollower follower =
            TopicFollower.start(
                kafka.config(),
                List.of(Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH), Topics.DROPPED),
                new StateProjection(
                    database, MemorySnapshots.none(), requests -> {}, new SimpleMeterRegistry()))) {
      ImagePushed push = kafka.push(Lane.PUSH, "poison");
      reject(kafka);

      Letter listed =
          await()
              .atMost(PATIENCE)
              .until(
                  () -> new LetterReader(database).list(LetterFilter.ANY, 10, null).items(),
                  items -> !items.isEmpty())
              .get(0);
      Letter letter = new LetterReader(database).find(listed.id()).orElseThrow();
      Optional<Conversion> conversion = new ConversionReader(database).find(push.requestId());

      assertThat(letter.source()).isEqualTo(Letter.Source.BROKER);
      assertThat(letter.work().stage()).isEqualTo(Stage.INGEST);
      assertThat(letter.failure().reason()).isEqualTo(Reason.INTERNAL);
      assertThat(letter.work().requestId()).isEqualTo(push.requestId());
      DeadLetter.Origin origin = Objects.requireNonNull(letter.origin());
      assertThat(letter.id()).isEqualTo(DeadLetter.idOf(origin));
      assertThat(origin.topic()).isEqualTo(Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH));
      assertThat(letter.original().record().text("ce_id")).contains(push.requestId());
      assertThat(letter.original().record().headers())
          .noneMatch(header -> header.name().startsWith("__dlq"));
      assertThat(conversion).map(found -> found.status().state()).contains(ConversionState.FAILED);
    }
  }

  /** Takes the record as a worker would, and refuses it. */
  private static void reject(TestKafka kafka) {
    Map<String, Object> properties = kafka.config().clientProperties();
    properties.put("group.id", Topics.shareGroup(Stage.INGEST, Lane.PUSH));
    properties.put("share.acknowledgement.mode", "explicit");
    try (KafkaShareConsumer<byte[], byte[]> consumer =
        new KafkaShareConsumer<>(
            properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH)));
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                int refused = 0;
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                  consumer.acknowledge(record, AcknowledgeType.REJECT);
                  refused++;
                }
                consumer.commitSync();
                return refused == 1;
              });
    }
  }
}
