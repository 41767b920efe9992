package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is thrown in the middle of a poll's records takes none of the others along. */
class PolledTest {
  private static final TopicPartition ONE = new TopicPartition("retries", 0);
  private static final TopicPartition TWO = new TopicPartition("retries", 1);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");

  @BeforeEach
  void fill() {
    consumer.assign(List.of(ONE, TWO));
    consumer.updateBeginningOffsets(Map.of(ONE, 0L, TWO, 0L));
    for (long offset = 0; offset < 3; offset++) {
      consumer.addRecord(new ConsumerRecord<>("retries", 0, offset, null, new byte[0]));
    }
    consumer.addRecord(new ConsumerRecord<>("retries", 1, 0, null, new byte[0]));
  }

  @Test
  void shouldLeaveRecordsBehindThatWereTaken() throws Exception {
    List<Long> taken = new ArrayList<>();

    boolean done = Polled.handOver(consumer, poll(), records -> takeUpTo(3, records, taken));

    assertThat(done).isTrue();
    assertThat(taken).containsExactlyInAnyOrder(0L, 1L, 2L, 0L);
    assertThat(consumer.position(ONE)).isEqualTo(3);
    assertThat(consumer.position(TWO)).isEqualTo(1);
  }

  @Test
  void shouldReadAgainWhatFollowsOneThatThrew() {
    List<Long> taken = new ArrayList<>();

    Throwable thrown =
        catchThrowable(
            () -> Polled.handOver(consumer, poll(), records -> takeUpTo(1, records, taken)));

    assertThat(thrown).hasMessage("no place for 2");
    assertThat(consumer.position(ONE)).isZero();
    assertThat(consumer.position(TWO)).isZero();
  }

  @Test
  void shouldReadAgainAfterAnError() {
    Throwable thrown =
        catchThrowable(
            () ->
                Polled.handOver(
                    consumer,
                    poll(),
                    records -> {
                      throw new OutOfMemoryError("none left");
                    }));

    assertThat(thrown).hasMessage("none left");
    assertThat(consumer.position(ONE)).isZero();
  }

  @Test
  void shouldNotReadWhatIsAnothersByNow() {
    Throwable thrown =
        catchThrowable(
            () ->
                Polled.handOver(
                    consumer,
                    poll(),
                    records -> {
                      consumer.assign(List.of(TWO));
                      throw new IllegalStateException("taken away");
                    }));

    assertThat(thrown).hasMessage("taken away");
    assertThat(consumer.position(TWO)).isZero();
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    return consumer.poll(Duration.ZERO);
  }

  private static boolean takeUpTo(
      long last, ConsumerRecords<byte[], byte[]> records, List<Long> taken) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (record.offset() > last) {
        throw new IllegalStateException("no place for " + record.offset());
      }
      taken.add(record.offset());
    }
    return true;
  }
}
