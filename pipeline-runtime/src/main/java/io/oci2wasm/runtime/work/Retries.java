package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves a record into its retry topic and back into its lane's work topic. */
final class Retries {
  private static final Logger LOGGER = LoggerFactory.getLogger(Retries.class);

  private Retries() {}

  /** {@code record} of a work type on its way to the retry topic. */
  static OutgoingRecord record(String workType, RecordCopy record, RetryMark mark) {
    return new OutgoingRecord(Topics.retry(workType), mark.on(record));
  }

  /**
   * The same try of what was given out and not begun, from {@code time} on: that it was given out
   * this time does not count.
   */
  static OutgoingRecord uncounted(TaskRules<?> rules, Delivery delivery, Instant time) {
    RetryMark mark = delivery.mark();
    return record(
        rules.workType(),
        delivery.record(),
        new RetryMark(mark.attempt(), mark.firstFailed(), time, delivery.count() - 1));
  }

  /** Equal for repetitions of one attempt at one event; what holds none is repeated nowhere. */
  static String identity(ConsumerRecord<?, ?> place, RecordCopy record, OutgoingRecord back) {
    return record
        .text("ce_id")
        .filter(id -> !isLetter(back))
        .map(id -> id + "#" + RetryMark.of(record).attempt())
        .orElseGet(() -> place.partition() + "@" + place.offset());
  }

  /**
   * Where {@code record} of the retry topic goes: into its lane's work topic, or, if it holds no
   * event, as a dead letter of {@code stage} to the others.
   */
  static OutgoingRecord back(
      Stage stage, String workType, ConsumerRecord<byte[], byte[]> record, Instant now) {
    TopicRecord read = new TopicRecord(record);
    try {
      Lane lane = read.read().event().lane();
      return new OutgoingRecord(Topics.work(workType, lane), read.copy());
    } catch (UndecodableEventException e) {
      LOGGER
          .atError()
          .addKeyValue(LogKeys.STAGE, stage)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("A record cannot be read; it becomes a dead letter");
      return Records.outgoing(read.letter(stage, e, now), stage + "-worker", now);
    }
  }

  /** When it goes there: what holds no event waits for nothing. */
  static Instant due(OutgoingRecord back, RetryMark mark) {
    Instant notBefore = mark.notBefore();
    return notBefore == null || isLetter(back) ? Instant.EPOCH : notBefore;
  }

  private static boolean isLetter(OutgoingRecord back) {
    return back.topic().equals(Topics.DEAD_LETTERED);
  }
}
