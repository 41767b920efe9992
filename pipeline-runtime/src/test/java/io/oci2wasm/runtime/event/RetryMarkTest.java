package io.oci2wasm.runtime.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.RecordCopy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RetryMarkTest {
  private static final RecordCopy RECORD =
      new RecordCopy(null, List.of(header("ce_id", "a"), header("ce_id", "b")), "");
  private static final RetryMark MARK =
      new RetryMark(3, Instant.EPOCH, Instant.parse("2026-11-24T06:40:23.5Z"), 2);

  @Test
  void shouldBeReadFromWhereItWasWrittenAndLeaveTheRestAlone() {
    RecordCopy marked = new RetryMark(2, null, null).on(RECORD);
    RecordCopy again = MARK.on(marked);

    assertThat(RetryMark.of(RECORD)).isEqualTo(RetryMark.FIRST);
    assertThat(RetryMark.of(again)).isEqualTo(MARK);
    assertThat(again.headers()).hasSize(6).startsWith(RECORD.headers().get(0));
    assertThat(RetryMark.removedFrom(again)).isEqualTo(RECORD);
  }

  @Test
  void shouldTakeADamagedMarkForNone() {
    RecordCopy damaged =
        new RecordCopy(
            null,
            List.of(
                header("ce_attempt", "-1"),
                header("ce_firstattempt", "yesterday"),
                header("ce_notbefore", ""),
                header("ce_crashes", "1000")),
            "");

    assertThat(RetryMark.of(damaged)).isEqualTo(RetryMark.FIRST);
  }

  @Test
  void shouldWriteARecordAgainByteByByte() {
    byte[] key = {1, -1};
    byte[] value = {0, 2};
    RecordHeaders headers = new RecordHeaders();
    headers.add("twice", new byte[] {3}).add("twice", new byte[] {-4}).add("none", null);
    ConsumerRecord<byte[], byte[]> read =
        new ConsumerRecord<>(
            "t", 0, 1, 2, TimestampType.CREATE_TIME, 2, 2, key, value, headers, Optional.empty());

    ProducerRecord<byte[], byte[]> written =
        Records.outgoing(new OutgoingRecord("u", Records.copy(read)));

    assertThat(written.topic()).isEqualTo("u");
    assertThat(written.key()).isEqualTo(key);
    assertThat(written.value()).isEqualTo(value);
    assertThat(written.headers()).isEqualTo(headers);
  }

  private static RecordCopy.Header header(String name, String value) {
    return RecordCopy.Header.of(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
