package io.oci2wasm.runtime.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.cloudevents.rw.CloudEventRWException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.TopicEvent;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Events as CloudEvents and back (docs/FORMATS.md, "Events"). */
public final class EventCodec {
  private static final String CONTENT_TYPE = "application/json";
  private static final Map<String, Class<? extends PipelineEvent>> TYPES =
      Map.of(
          Topics.IMAGE_PUSHED, ImagePushed.class,
          Topics.IMAGE_INGESTED, ImageIngested.class,
          Topics.PLATFORM_RESOLVED, PlatformResolved.class,
          Topics.BUNDLE_BUILT, BundleBuilt.class,
          Topics.CONVERSION_SKIPPED, ConversionSkipped.class,
          Topics.CONVERSION_FAILED, ConversionFailed.class,
          Topics.STAGE_STARTED, StageStarted.class);

  private EventCodec() {}

  static CloudEvent encode(TopicEvent event, URI source, Instant time) {
    CloudEventBuilder builder =
        CloudEventBuilder.v1()
            .withId(event.eventId())
            .withSource(source)
            .withType(event.type())
            .withTime(OffsetDateTime.ofInstant(time, ZoneOffset.UTC))
            .withData(CONTENT_TYPE, json(event));
    Sha256Digest subject = event.subject();
    return subject == null ? builder.build() : builder.withSubject(subject.toString()).build();
  }

  private static byte[] json(TopicEvent event) {
    try {
      return Json.MAPPER.writeValueAsBytes(event);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("event " + event.eventId() + " has no JSON form", e);
    }
  }

  /** The topic an event belongs in. */
  static String topic(TopicEvent event) {
    return event instanceof PipelineEvent work && Topics.WORK.contains(event.type())
        ? Topics.work(event.type(), work.lane())
        : event.type();
  }

  /**
   * Reads a record.
   *
   * @throws UndecodableEventException if it holds no event of ours
   */
  public static ReceivedEvent decode(ConsumerRecord<?, byte[]> record)
      throws UndecodableEventException {
    try {
      CloudEvent event = KafkaMessageFactory.createReader(record).toEvent();
      Class<? extends PipelineEvent> type = TYPES.get(event.getType());
      if (type == null) {
        throw undecodable(record, "found type " + event.getType() + ", expected a known one", null);
      }
      CloudEventData data = event.getData();
      if (data == null) {
        throw undecodable(record, "found no data", null);
      }
      PipelineEvent decoded = Json.MAPPER.readValue(data.toBytes(), type);
      if (!isComplete(decoded)) {
        throw undecodable(record, "found data without requestId, lane or image", null);
      }
      OffsetDateTime time = event.getTime();
      return new ReceivedEvent(
          decoded, time == null ? Instant.ofEpochMilli(record.timestamp()) : time.toInstant());
    } catch (CloudEventRWException | IOException | IllegalArgumentException e) {
      throw undecodable(record, "found no event of ours: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a record of a type that belongs to no request.
   *
   * @throws UndecodableEventException if it holds something else
   */
  static <T extends TopicEvent> T decode(
      ConsumerRecord<?, byte[]> record, String type, Class<T> dataType)
      throws UndecodableEventException {
    try {
      CloudEvent event = KafkaMessageFactory.createReader(record).toEvent();
      CloudEventData data = event.getData();
      if (!event.getType().equals(type) || data == null) {
        throw undecodable(
            record, "found type " + event.getType() + ", expected " + type + " with data", null);
      }
      T decoded = Json.MAPPER.readValue(data.toBytes(), dataType);
      if (decoded == null) {
        throw undecodable(record, "found null as data", null);
      }
      return decoded;
    } catch (CloudEventRWException | IOException | IllegalArgumentException e) {
      throw undecodable(record, "found no event of ours: " + e.getMessage(), e);
    }
  }

  /** The event of {@code type} that has this data; none if it is no such event's. */
  static Optional<PipelineEvent> decodeData(String type, byte[] data) {
    Class<? extends PipelineEvent> known = TYPES.get(type);
    if (known == null) {
      return Optional.empty();
    }
    try {
      return Optional.<PipelineEvent>ofNullable(Json.MAPPER.readValue(data, known))
          .filter(EventCodec::isComplete);
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** JSON may lack what our types promise: what every stage needs is looked at here, once. */
  private static boolean isComplete(@Nullable PipelineEvent event) {
    return event != null
        && Stream.of(event.requestId(), event.lane(), event.image()).noneMatch(Objects::isNull);
  }

  private static UndecodableEventException undecodable(
      ConsumerRecord<?, byte[]> record, String found, @Nullable Throwable cause) {
    return new UndecodableEventException(
        "reading record "
            + record.topic()
            + "-"
            + record.partition()
            + " at offset "
            + record.offset()
            + ": "
            + found,
        cause);
  }
}
