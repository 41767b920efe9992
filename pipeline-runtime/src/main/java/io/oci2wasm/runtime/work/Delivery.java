package io.oci2wasm.runtime.work;

import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.RetryMark;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * One record as a share group delivered it.
 *
 * @param record as it was found
 * @param mark what it says about earlier attempts
 * @param count how often it was given out, this time and what its mark says included; more than one
 *     after a crash
 */
record Delivery(DeadLetter.Origin origin, RecordCopy record, RetryMark mark, int count) {
  static Delivery of(ConsumerRecord<byte[], byte[]> record) {
    RecordCopy copy = Records.copy(record);
    RetryMark mark = RetryMark.of(copy);
    return new Delivery(
        Records.origin(record),
        copy,
        mark,
        mark.crashes() + record.deliveryCount().map(Short::intValue).orElse(1));
  }
}
