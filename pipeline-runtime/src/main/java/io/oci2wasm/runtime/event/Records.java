package io.oci2wasm.runtime.event;

import io.cloudevents.kafka.KafkaMessageFactory;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.trace.Step;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Converts Kafka's records to copies and back. */
public final class Records {
  /** The header of {@link Step#PARENT}. */
  static final String PARENT = "ce_" + Step.PARENT;

  private static final byte[] NOTHING = {};

  private Records() {}

  /** Everything of {@code record} but its place and time. */
  public static RecordCopy copy(ConsumerRecord<byte[], byte[]> record) {
    return new RecordCopy(
        record.key() == null ? null : RecordCopy.encode(record.key()),
        headers(record.headers()),
        RecordCopy.encode(record.value() == null ? NOTHING : record.value()));
  }

  /** The step that wrote {@code record}, for {@link Step#begin}; null if nobody traces it. */
  public static @Nullable String parent(RecordCopy record) {
    return record.text(PARENT).orElse(null);
  }

  /** Where {@code record} lies. */
  public static DeadLetter.Origin origin(ConsumerRecord<?, ?> record) {
    return new DeadLetter.Origin(record.topic(), record.partition(), record.offset());
  }

  /** The record that {@code part} writes of {@code event}. */
  public static OutgoingRecord outgoing(TopicEvent event, String part, Instant time) {
    return new OutgoingRecord(
        EventCodec.topic(event),
        new RecordCopy(
            RecordCopy.encode(event.recordKey().getBytes(StandardCharsets.UTF_8)),
            headers(event, part, time),
            RecordCopy.encode(EventCodec.json(event))));
  }

  /** The record as it lay at {@code origin}, as far as {@code copy} has kept it. */
  static ConsumerRecord<byte[], byte[]> restored(
      DeadLetter.Origin origin, Instant time, RecordCopy copy) {
    ProducerRecord<byte[], byte[]> record = outgoing(new OutgoingRecord(origin.topic(), copy));
    return new ConsumerRecord<>(
        origin.topic(),
        origin.partition(),
        origin.offset(),
        time.toEpochMilli(),
        TimestampType.CREATE_TIME,
        ConsumerRecord.NULL_SIZE,
        ConsumerRecord.NULL_SIZE,
        record.key(),
        record.value(),
        record.headers(),
        Optional.empty());
  }

  /** The headers with which {@code part} writes {@code event}. */
  public static List<RecordCopy.Header> headers(TopicEvent event, String part, Instant time) {
    ProducerRecord<Void, byte[]> written =
        KafkaMessageFactory.createWriter(EventCodec.topic(event))
            .writeBinary(EventCodec.encode(event, URI.create("/oci2wasm/" + part), time));
    return headers(written.headers());
  }

  private static List<RecordCopy.Header> headers(Headers from) {
    List<RecordCopy.Header> headers = new ArrayList<>();
    for (Header header : from) {
      headers.add(
          header.value() == null
              ? new RecordCopy.Header(header.key(), null)
              : RecordCopy.Header.of(header.key(), header.value()));
    }
    return headers;
  }

  static ProducerRecord<byte[], byte[]> outgoing(OutgoingRecord outgoing) {
    RecordCopy copy = outgoing.record();
    Headers headers = new RecordHeaders();
    for (RecordCopy.Header header : copy.headers()) {
      String value = header.value();
      headers.add(header.name(), value == null ? null : RecordCopy.decode(value));
    }
    String key = copy.key();
    return new ProducerRecord<>(
        outgoing.topic(),
        null,
        key == null ? null : RecordCopy.decode(key),
        RecordCopy.decode(copy.value()),
        headers);
  }
}
