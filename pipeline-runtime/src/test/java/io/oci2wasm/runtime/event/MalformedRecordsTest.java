package io.oci2wasm.runtime.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.testsupport.MalformedRecords;
import io.oci2wasm.testsupport.MalformedRecords.Malformed;
import io.oci2wasm.testsupport.SampleEvents;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reading is total: whatever a record holds, it is an event, or it can be set aside. */
class MalformedRecordsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T06:40:23.512Z");
  private static final int RECORDS = 250;

  static Iterable<String> topics() {
    return MalformedRecords.topics();
  }

  @ParameterizedTest
  @MethodSource("topics")
  void shouldSayWhyNothingCanBeReadAndKeepEveryByte(String topic) throws Exception {
    MalformedRecords records = records(topic.hashCode());
    TreeSet<String> kinds = new TreeSet<>();
    for (int i = 0; i < RECORDS; i++) {
      Malformed malformed = records.next(topic);
      kinds.add(malformed.kind());
      TopicRecord record = record(malformed, i);

      Throwable thrown = catchThrowable(() -> read(record));

      assertThat(thrown)
          .as(malformed.toString())
          .isInstanceOfSatisfying(
              UndecodableEventException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(malformed.reason());
                assertThat(e.getMessage())
                    .startsWith("reading record " + topic + "-3 at offset " + record.offset())
                    .hasSizeLessThanOrEqualTo(1000)
                    .doesNotContain("\n");
                assertKept(record, e);
              });
      look(record);
    }
    assertThat(kinds).hasSizeGreaterThan(40);
  }

  @ParameterizedTest
  @MethodSource("topics")
  void shouldReadTheEventsThatAreDamagedThere(String topic) throws Exception {
    TopicEvent event = SampleEvents.ofTopic(topic, 1, NOW);
    TopicRecord record = TopicRecord.of(new DeadLetter.Origin(topic, 3, 42), NOW, written(event));

    assertThat(read(record)).isEqualTo(event);
  }

  @Test
  void shouldMakeTheSameRecordsOfTheSameSeed() {
    MalformedRecords one = records(7);
    MalformedRecords other = records(7);

    for (String topic : MalformedRecords.topics()) {
      assertThat(one.next(topic)).isEqualTo(other.next(topic));
    }
  }

  private static MalformedRecords records(long seed) {
    return new MalformedRecords(seed, NOW, MalformedRecordsTest::written);
  }

  private static RecordCopy written(TopicEvent event) {
    return Records.outgoing(event, "test", NOW).record();
  }

  private static TopicEvent read(TopicRecord record) throws UndecodableEventException {
    String topic = record.partition().topic();
    Class<? extends TopicEvent> type = SampleEvents.typeOf(topic);
    return PipelineEvent.class.isAssignableFrom(type)
        ? record.read().event()
        : record.read(topic, type);
  }

  private static void assertKept(TopicRecord record, UndecodableEventException why) {
    DeadLetter letter = record.letter(Stage.INGEST, why, NOW);
    TopicRecord written =
        TopicRecord.of(
            new DeadLetter.Origin(Topics.DEAD_LETTERED, 0, 1),
            NOW,
            Records.outgoing(letter, "test", NOW).record());
    try {
      DeadLetter read = written.read(Topics.DEAD_LETTERED, DeadLetter.class);
      assertThat(read).isEqualTo(letter);
      assertThat(read.origin()).isEqualTo(record.origin());
      assertThat(read.record().value()).isEqualTo(record.copy().value());
      assertThat(Json.MAPPER.valueToTree(read).toString().getBytes(StandardCharsets.UTF_8))
          .hasSizeLessThan(16 << 20);
    } catch (UndecodableEventException e) {
      throw new AssertionError("a letter that nobody reads", e);
    }
  }

  /** All else that consumers ask of a record. */
  private static void look(TopicRecord record) {
    assertThat(record.attempt()).isPositive();
    assertThat(record.time()).isEqualTo(NOW);
    assertThat(record.requestId())
        .satisfiesAnyOf(
            id -> assertThat(id).isEmpty(), id -> assertThat(id).get().asString().hasSize(32));
    if (record.offset() % 25 == 0) { // each says so in the log
      assertThat(record.event()).isEmpty();
      var unused = record.cloudEvent();
    }
    var unused = record.eventOf(Topics.IMAGE_PUSHED);
  }

  private static TopicRecord record(Malformed malformed, int offset) {
    ProducerRecord<byte[], byte[]> written = malformed.toWrite();
    return new TopicRecord(
        new ConsumerRecord<>(
            written.topic(),
            3,
            offset,
            NOW.toEpochMilli(),
            TimestampType.CREATE_TIME,
            0,
            0,
            written.key(),
            written.value(),
            written.headers(),
            Optional.empty()));
  }
}
