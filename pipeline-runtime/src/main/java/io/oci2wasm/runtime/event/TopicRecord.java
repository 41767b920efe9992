package io.oci2wasm.runtime.event;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.cloudevents.rw.CloudEventRWException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A record as it lies in its topic. */
public final class TopicRecord {
  private static final Logger LOGGER = LoggerFactory.getLogger(TopicRecord.class);

  private final ConsumerRecord<byte[], byte[]> record;

  public TopicRecord(ConsumerRecord<byte[], byte[]> record) {
    this.record = record;
  }

  public Partition partition() {
    return new Partition(record.topic(), record.partition());
  }

  public long offset() {
    return record.offset();
  }

  /**
   * The event of {@code type} in it, which need not belong to a request; none, with a warning in
   * the log, if it holds another.
   */
  public <T extends TopicEvent> Optional<T> event(String type, Class<T> data) {
    try {
      return Optional.of(EventCodec.decode(record, type, data));
    } catch (UndecodableEventException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Passed over a record");
      return Optional.empty();
    }
  }

  /** The event in it as it was written; none, with a warning in the log, if it holds none. */
  public Optional<CloudEvent> cloudEvent() {
    try {
      return Optional.of(KafkaMessageFactory.createReader(record).toEvent());
    } catch (CloudEventRWException | IllegalArgumentException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Passed over a record");
      return Optional.empty();
    }
  }

  /** The event whose data its value is, where its attributes are lost but {@code type} is known. */
  public Optional<PipelineEvent> eventOf(String type) {
    return record.value() == null ? Optional.empty() : EventCodec.decodeData(type, record.value());
  }

  /** When it was written. */
  public Instant time() {
    return Instant.ofEpochMilli(record.timestamp());
  }

  /** Everything of it but place and time. */
  public RecordCopy copy() {
    return Records.copy(record);
  }

  /** Which try of its event follows, from 1. */
  public int attempt() {
    return RetryMark.of(copy()).attempt();
  }

  /** The request that its event belongs to, by the event's id alone (docs/FORMATS.md, "Events"). */
  public Optional<String> requestId() {
    return copy().text("ce_id").map(id -> id.replaceFirst("/.*", ""));
  }

  /** The event in it; none, with a warning in the log, if it holds none of ours. */
  public Optional<ReceivedEvent> event() {
    try {
      return Optional.of(EventCodec.decode(record));
    } catch (UndecodableEventException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Passed over a record");
      return Optional.empty();
    }
  }
}
