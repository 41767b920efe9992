package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.event.EventCodec;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.UndecodableEventException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The way of a record into its retry topic and back into its lane's work topic. */
final class Retries {
  private Retries() {}

  /** {@code record} of a work type on its way to the retry topic. */
  static OutgoingRecord record(String workType, RecordCopy record, RetryMark mark) {
    return new OutgoingRecord(Topics.retry(workType), mark.on(record));
  }

  /** Equal for repetitions of one attempt at one event. */
  static String identity(ConsumerRecord<?, ?> place, RecordCopy record) {
    return record
        .text("ce_id")
        .map(id -> id + "#" + RetryMark.of(record).attempt())
        .orElseGet(() -> place.partition() + "@" + place.offset());
  }

  /**
   * The work topic that {@code record} of the retry topic belongs into. One that holds no event
   * goes to the push lane, whose worker makes a dead letter of it.
   */
  static String workTopic(String workType, ConsumerRecord<byte[], byte[]> record) {
    Lane lane;
    try {
      lane = EventCodec.decode(record).event().lane();
    } catch (UndecodableEventException e) {
      lane = Lane.PUSH;
    }
    return Topics.work(workType, lane);
  }
}
