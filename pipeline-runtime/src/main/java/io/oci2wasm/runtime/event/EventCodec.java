package io.oci2wasm.runtime.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleDelivered;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.Messages;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.runtime.trace.Step;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Events as CloudEvents and back (docs/FORMATS.md, "Events"). Reading is total: whatever a record
 * holds, it is an event or an {@link UndecodableEventException}.
 */
public final class EventCodec {
  private static final String CONTENT_TYPE = "application/json";

  /** Text that is empty, or a number in place of a word, stands for nothing. */
  private static final ObjectMapper STRICT = strict();

  private static final Map<String, Class<? extends PipelineEvent>> TYPES =
      Map.of(
          Topics.IMAGE_PUSHED, ImagePushed.class,
          Topics.IMAGE_INGESTED, ImageIngested.class,
          Topics.PLATFORM_RESOLVED, PlatformResolved.class,
          Topics.TRANSLATION_REQUESTED, TranslationRequested.class,
          Topics.BUNDLE_BUILT, BundleBuilt.class,
          Topics.BUNDLE_DELIVERED, BundleDelivered.class,
          Topics.CONVERSION_SKIPPED, ConversionSkipped.class,
          Topics.CONVERSION_FAILED, ConversionFailed.class,
          Topics.STAGE_STARTED, StageStarted.class);

  /** Types as this program names them, of whatever version. */
  private static final Pattern OURS =
      Pattern.compile("oci2wasm\\.[a-z]{1,32}\\.[a-z]{1,32}\\.v[1-9][0-9]{0,3}");

  /** Words as our enumerations have them, of whatever version. */
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9]*(?:-[a-z0-9]+)*");

  private static final int MAX_WORD = 32;

  private EventCodec() {}

  private static ObjectMapper strict() {
    ObjectMapper mapper =
        Json.MAPPER.copy().enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS);
    mapper
        .coercionConfigDefaults()
        .setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail);
    return mapper;
  }

  static CloudEvent encode(TopicEvent event, URI source, Instant time) {
    CloudEventBuilder builder =
        CloudEventBuilder.v1()
            .withId(event.eventId())
            .withSource(source)
            .withType(event.type())
            .withTime(OffsetDateTime.ofInstant(time, ZoneOffset.UTC))
            .withData(CONTENT_TYPE, json(event));
    Step.current().ifPresent(step -> builder.withExtension(Step.PARENT, step));
    Sha256Digest subject = event.subject();
    return subject == null ? builder.build() : builder.withSubject(subject.toString()).build();
  }

  static byte[] json(TopicEvent event) {
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
   * @throws UndecodableEventException if it holds no event of ours, or one of another topic
   */
  public static ReceivedEvent decode(ConsumerRecord<?, byte[]> record)
      throws UndecodableEventException {
    CloudEvent event = envelope(record);
    JsonNode data = data(record, event);
    Class<? extends PipelineEvent> type = TYPES.get(event.getType());
    String expected = typeOf(record.topic());
    if (type == null) {
      throw unexpected(record, event, Topics.ALL.contains(expected) ? expected : "a known one");
    }
    if (TYPES.containsKey(expected) && !expected.equals(event.getType())) {
      throw unexpected(record, event, expected);
    }
    return new ReceivedEvent(read(record, data, type), time(record, event));
  }

  /**
   * Reads a record of a type that belongs to no request.
   *
   * @throws UndecodableEventException if it holds something else
   */
  static <T extends TopicEvent> T decode(
      ConsumerRecord<?, byte[]> record, String type, Class<T> dataType)
      throws UndecodableEventException {
    CloudEvent event = envelope(record);
    JsonNode data = data(record, event);
    if (!event.getType().equals(type)) {
      throw unexpected(record, event, type);
    }
    return read(record, data, dataType);
  }

  /** The event of {@code type} that has this data; none if it is no such event's. */
  static Optional<PipelineEvent> decodeData(String type, byte[] data) {
    Class<? extends PipelineEvent> known = TYPES.get(type);
    if (known == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(convert(STRICT.readTree(data), known));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * The record's event with whatever data it has.
   *
   * @throws UndecodableEventException if it is no CloudEvent
   */
  static CloudEvent envelope(ConsumerRecord<?, byte[]> record) throws UndecodableEventException {
    try {
      return KafkaMessageFactory.createReader(record).toEvent();
    } catch (RuntimeException e) {
      // The SDK has several exceptions for what is no CloudEvent, NullPointerException included.
      throw unreadable(record, "found no CloudEvent: " + e.getMessage(), e);
    }
  }

  private static JsonNode data(ConsumerRecord<?, byte[]> record, CloudEvent event)
      throws UndecodableEventException {
    CloudEventData data = event.getData();
    if (data == null) {
      throw unreadable(record, "found no data", null);
    }
    try {
      return STRICT.readTree(data.toBytes());
    } catch (JsonProcessingException e) {
      throw unreadable(record, "found data that is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException | RuntimeException e) {
      // toBytes() converts, and says what is wrong in exceptions of its own.
      throw unreadable(record, "found data that is no JSON: " + e.getMessage(), e);
    }
  }

  private static <T extends TopicEvent> T read(
      ConsumerRecord<?, byte[]> record, JsonNode data, Class<T> type)
      throws UndecodableEventException {
    try {
      return convert(data, type);
    } catch (InvalidFormatException e) {
      throw new UndecodableEventException(
          isUnknownWord(e) ? Reason.NEWER_VERSION : Reason.UNREADABLE,
          message(record, "found " + e.getOriginalMessage() + at(e)),
          e);
    } catch (JsonMappingException e) {
      throw unreadable(record, "found no " + type.getSimpleName() + ": " + why(e) + at(e), e);
    } catch (JsonProcessingException e) {
      throw unreadable(
          record, "found no " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw unreadable(record, "found no " + type.getSimpleName() + ": " + e.getMessage(), e);
    }
  }

  private static <T> T convert(JsonNode data, Class<T> type) throws JsonProcessingException {
    if (!data.isObject()) {
      throw new IllegalArgumentException("found " + data.getNodeType() + ", expected an object");
    }
    EventForm.checkMembers(data, type);
    T value = STRICT.treeToValue(data, type);
    EventForm.checkBounds(value);
    return value;
  }

  private static boolean isUnknownWord(InvalidFormatException e) {
    return e.getTargetType() != null
        && e.getTargetType().isEnum()
        && e.getValue() instanceof String word
        && word.length() <= MAX_WORD
        && WORD.matcher(word).matches();
  }

  private static String at(JsonMappingException e) {
    return e.getPath().isEmpty() ? "" : " at " + e.getPathReference();
  }

  /** What a record's constructor said, or Jackson. */
  private static String why(JsonMappingException e) {
    return e.getCause() instanceof IllegalArgumentException own
        ? String.valueOf(own.getMessage())
        : e.getOriginalMessage();
  }

  private static Instant time(ConsumerRecord<?, byte[]> record, CloudEvent event)
      throws UndecodableEventException {
    OffsetDateTime time = event.getTime();
    Instant instant = time == null ? Instant.ofEpochMilli(record.timestamp()) : time.toInstant();
    try {
      EventForm.checkBounds(instant);
      return instant;
    } catch (IllegalArgumentException e) {
      throw unreadable(record, String.valueOf(e.getMessage()), e);
    }
  }

  /** The type whose events lie in {@code topic}. */
  private static String typeOf(String topic) {
    return Topics.LANED.stream()
        .filter(type -> topic.startsWith(type + "."))
        .findFirst()
        .orElse(topic);
  }

  private static UndecodableEventException unexpected(
      ConsumerRecord<?, byte[]> record, CloudEvent event, String expected) {
    boolean newer =
        OURS.matcher(event.getType()).matches() && !Topics.ALL.contains(event.getType());
    return new UndecodableEventException(
        newer ? Reason.NEWER_VERSION : Reason.UNREADABLE,
        message(record, "found type " + event.getType() + ", expected " + expected),
        null);
  }

  private static UndecodableEventException unreadable(
      ConsumerRecord<?, byte[]> record, String found, @Nullable Throwable cause) {
    return new UndecodableEventException(Reason.UNREADABLE, message(record, found), cause);
  }

  private static String message(ConsumerRecord<?, byte[]> record, String found) {
    String message =
        String.format(
            "reading record %s-%s at offset %s: %s",
            record.topic(), record.partition(), record.offset(), found);
    // Jackson tells the place on a line of its own, and what is quoted may have lines too.
    return Messages.bounded(message.replaceAll("\\p{Cntrl}+", " "));
  }
}
