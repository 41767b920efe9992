package io.oci2wasm.runtime.event;

import io.cloudevents.CloudEvent;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.trace.Step;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A record as it lies in its topic. */
public final class TopicRecord {
  private static final Logger LOGGER = LoggerFactory.getLogger(TopicRecord.class);

  private final ConsumerRecord<byte[], byte[]> record;

  public TopicRecord(ConsumerRecord<byte[], byte[]> record) {
    this.record = record;
  }

  /** The record that a letter keeps, which was written at {@code time}. */
  public static TopicRecord of(DeadLetter.Origin origin, Instant time, RecordCopy copy) {
    return new TopicRecord(Records.restored(origin, time, copy));
  }

  public Partition partition() {
    return new Partition(record.topic(), record.partition());
  }

  public long offset() {
    return record.offset();
  }

  /** The step that wrote it, for {@link Step#begin}; null if nobody traces it. */
  public @Nullable String parent() {
    Header parent = record.headers().lastHeader(Records.PARENT);
    return parent == null || parent.value() == null
        ? null
        : new String(parent.value(), StandardCharsets.UTF_8);
  }

  /** Where it lies. */
  public DeadLetter.Origin origin() {
    return Records.origin(record);
  }

  /**
   * The event of ours in it.
   *
   * @throws UndecodableEventException if it holds none
   */
  public ReceivedEvent read() throws UndecodableEventException {
    return EventCodec.decode(record);
  }

  /**
   * The event of {@code type} in it, which need not belong to a request.
   *
   * @throws UndecodableEventException if it holds another
   */
  public <T extends TopicEvent> T read(String type, Class<T> data)
      throws UndecodableEventException {
    return EventCodec.decode(record, type, data);
  }

  /**
   * The event of {@code type} in it, for who is not the one that makes a letter of what cannot be
   * read; none, with a warning in the log, if it holds another.
   */
  public <T extends TopicEvent> Optional<T> event(String type, Class<T> data) {
    try {
      return Optional.of(read(type, data));
    } catch (UndecodableEventException e) {
      passedOver(e);
      return Optional.empty();
    }
  }

  /** The event in it, as above. */
  public Optional<ReceivedEvent> event() {
    try {
      return Optional.of(read());
    } catch (UndecodableEventException e) {
      passedOver(e);
      return Optional.empty();
    }
  }

  /**
   * The event in it as it was written, also one of a later version; none, with a warning in the
   * log, if it holds no event that could be ours.
   */
  public Optional<CloudEvent> cloudEvent() {
    try {
      ReceivedEvent unused = read();
    } catch (UndecodableEventException e) {
      if (e.reason() != Reason.NEWER_VERSION) {
        passedOver(e);
        return Optional.empty();
      }
    }
    try {
      return Optional.of(EventCodec.envelope(record));
    } catch (UndecodableEventException e) {
      throw new IllegalStateException("a record is read in two ways", e);
    }
  }

  private static void passedOver(UndecodableEventException e) {
    LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("Skipped a record");
  }

  /** The event whose data its value is, where its attributes are lost but {@code type} is known. */
  public Optional<PipelineEvent> eventOf(String type) {
    return record.value() == null ? Optional.empty() : EventCodec.decodeData(type, record.value());
  }

  /** The letter about it, by {@code stage}, where {@code why} it holds no event of ours. */
  public DeadLetter letter(Stage stage, UndecodableEventException why, Instant now) {
    return letter(stage, why.reason(), String.valueOf(why.getMessage()), now);
  }

  /** The letter about it, by {@code stage}, which can do nothing with it. */
  public DeadLetter letter(Stage stage, Reason reason, String why, Instant now) {
    return letter(DeadLetter.idOf(origin()), stage, reason, why, now);
  }

  /** The letter of {@code reader}, who needs what others may have read. */
  public DeadLetter letter(Stage stage, String reader, UndecodableEventException why, Instant now) {
    String id = DeadLetter.idOf(origin(), reader);
    return letter(id, stage, why.reason(), String.valueOf(why.getMessage()), now);
  }

  private DeadLetter letter(String id, Stage stage, Reason reason, String why, Instant now) {
    RecordCopy copy = copy();
    return new DeadLetter(
        id,
        DeadLetter.Work.unknown(stage),
        new DeadLetter.Failure(reason, why, RetryMark.of(copy).attempt(), now, now),
        origin(),
        RetryMark.removedFrom(copy));
  }

  /** When it was written. */
  public Instant time() {
    return Instant.ofEpochMilli(Math.max(0, record.timestamp()));
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
    return copy().text("ce_id").map(id -> id.replaceFirst("/.*", "")).filter(RequestIds::isId);
  }
}
