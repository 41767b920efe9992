package io.oci2wasm.runtime.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventSerializer;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {
  private static final String REQUEST = "0123456789abcdef0123456789abcdef";
  private static final Sha256Digest DIGEST = Sha256Digest.of(new byte[] {1});
  private static final ImageReference IMAGE =
      ImageReference.parse("registry.example:5000/team/app:1").withDigest(DIGEST);
  private static final Instant TIME = Instant.parse("2026-11-24T06:40:23.5Z");

  @Test
  void shouldWriteAttributesAsTheyAreSpecified() {
    PlatformResolved event =
        new PlatformResolved(
            REQUEST,
            Lane.BULK,
            IMAGE,
            Platform.parse("linux/riscv64"),
            new Descriptor(MediaTypes.OCI_MANIFEST, Sha256Digest.of(new byte[] {2}), 1),
            1);
    RecordHeaders headers = new RecordHeaders();

    serialize(event, headers);

    assertThat(header(headers, "ce_specversion")).contains("1.0");
    assertThat(header(headers, "ce_type")).contains("oci2wasm.platform.resolved.v1");
    assertThat(header(headers, "ce_source")).contains("/oci2wasm/test");
    assertThat(header(headers, "ce_id")).contains(event.eventId());
    assertThat(header(headers, "ce_subject")).contains(event.manifest().digest().toString());
    assertThat(header(headers, "ce_time")).contains("2026-11-24T06:40:23.5Z");
    assertThat(header(headers, "content-type")).contains("application/json");
    assertThat(EventCodec.topic(event)).isEqualTo("oci2wasm.platform.resolved.v1.bulk");
  }

  @Test
  void shouldReadWhatItWrites() throws Exception {
    ImagePushed event =
        new ImagePushed(REQUEST, Lane.PUSH, "distribution", IMAGE, null, Instant.EPOCH);
    RecordHeaders headers = new RecordHeaders();
    byte[] value = serialize(event, headers);

    ReceivedEvent received = EventCodec.decode(record(headers, value));

    assertThat(received).isEqualTo(new ReceivedEvent(event, TIME));
    assertThat(EventCodec.topic(event)).isEqualTo("oci2wasm.image.pushed.v1.push");
  }

  @Test
  void shouldPutReportsIntoATopicWithoutLane() {
    StageStarted event = new StageStarted(REQUEST, Lane.BULK, Stage.INGEST, IMAGE, null, 1);

    assertThat(EventCodec.topic(event)).isEqualTo("oci2wasm.stage.started.v1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{\"requestId\":\"x\"}",
        "{\"lane\":\"sideways\"}",
        "{\"requestId\":\"0123456789abcdef0123456789abcdef\",\"stage\":\"ingest\"}"
      })
  void shouldRejectDataThatIsNoEvent(String data) {
    RecordHeaders headers = new RecordHeaders();
    serialize(new StageStarted(REQUEST, Lane.PUSH, Stage.INGEST, IMAGE, null, 1), headers);

    assertThatThrownBy(
            () -> EventCodec.decode(record(headers, data.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(UndecodableEventException.class)
        .hasMessageContaining("topic-3 at offset 42");
  }

  @Test
  void shouldRejectARecordWithoutHeadersOrOfAnUnknownType() {
    RecordHeaders unknown = new RecordHeaders();
    serialize(new StageStarted(REQUEST, Lane.PUSH, Stage.INGEST, IMAGE, null, 1), unknown);
    unknown.remove("ce_type").add("ce_type", "someone.elses.v1".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> EventCodec.decode(record(new RecordHeaders(), new byte[] {1})))
        .isInstanceOf(UndecodableEventException.class);
    assertThatThrownBy(() -> EventCodec.decode(record(unknown, new byte[] {'1'})))
        .isInstanceOf(UndecodableEventException.class)
        .hasMessageContaining("someone.elses.v1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"push\"'|'\"express\"'|NEWER_VERSION",
        "'\"push\"'|'\"Not a word\"'|UNREADABLE",
        "'\"push\"'|0|UNREADABLE",
        "'\"push\"'|'\"\"'|UNREADABLE",
        "'\"push\"'|null|UNREADABLE",
        "'\"ingest\"'|'\"prefetch\"'|NEWER_VERSION",
        "'\"registry.example:5000\"'|null|UNREADABLE",
        "'{\"registry\"'|'{\"registrar\"'|UNREADABLE",
      })
  void shouldTellALaterVersionsWordsFromDamage(String found, String replaced, Reason reason) {
    RecordHeaders headers = new RecordHeaders();
    byte[] value =
        serialize(new StageStarted(REQUEST, Lane.PUSH, Stage.INGEST, IMAGE, null, 1), headers);
    String data = new String(value, StandardCharsets.UTF_8).replace(found, replaced);

    assertThatThrownBy(
            () -> EventCodec.decode(record(headers, data.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOfSatisfying(
            UndecodableEventException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining("topic-3 at offset 42: found");
  }

  @Test
  void shouldNameTheMemberThatIsNotThere() {
    RecordHeaders headers = new RecordHeaders();
    serialize(new ImagePushed(REQUEST, Lane.PUSH, "me", IMAGE, null, TIME), headers);
    String data =
        "{\"requestId\":\"" + REQUEST + "\",\"lane\":\"push\",\"sender\":\"me\",\"image\":{}}";

    assertThatThrownBy(
            () -> EventCodec.decode(record(headers, data.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(UndecodableEventException.class)
        .hasMessageEndingWith("found no ImagePushed: found no image.registry, expected one");
  }

  @Test
  void shouldIgnoreMembersOfALaterVersion() throws Exception {
    StageStarted event = new StageStarted(REQUEST, Lane.PUSH, Stage.INGEST, IMAGE, null, 1);
    RecordHeaders headers = new RecordHeaders();
    String data =
        new String(serialize(event, headers), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"priority\":{\"level\":[1,null]},");

    assertThat(EventCodec.decode(record(headers, data.getBytes(StandardCharsets.UTF_8))).event())
        .isEqualTo(event);
  }

  @ParameterizedTest
  @CsvSource({
    "oci2wasm.image.pushed.v2, NEWER_VERSION",
    "oci2wasm.image.signed.v1, NEWER_VERSION",
    "oci2wasm.conversion.failed.v1, UNREADABLE",
    "oci2wasm.image.pushed, UNREADABLE",
    "someone.elses.v1, UNREADABLE"
  })
  void shouldTellALaterVersionsTypesFromStrangersAndFromThoseOfOtherTopics(
      String type, Reason reason) {
    RecordHeaders headers = new RecordHeaders();
    byte[] value = serialize(new ImagePushed(REQUEST, Lane.PUSH, "me", IMAGE, null, TIME), headers);
    headers.remove("ce_type").add("ce_type", type.getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(
            () -> EventCodec.decode(record("oci2wasm.image.pushed.v1.push", headers, value)))
        .isInstanceOfSatisfying(
            UndecodableEventException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-0001-01-01T00:00:00Z", "+10000-01-01T00:00:00Z", "1969-12-31T23:59:59Z"})
  void shouldRejectTimesThatNoDatabaseHolds(String time) {
    RecordHeaders headers = new RecordHeaders();
    byte[] value = serialize(new ImagePushed(REQUEST, Lane.PUSH, "me", IMAGE, null, TIME), headers);
    String data = new String(value, StandardCharsets.UTF_8).replace(TIME.toString(), time);

    assertThatThrownBy(
            () -> EventCodec.decode(record(headers, data.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(UndecodableEventException.class)
        .hasMessageContaining("expected one of the years 1970 to 9999");
  }

  @ParameterizedTest
  @ValueSource(ints = {4097, 100_000})
  void shouldRejectTextThatIsTooLong(int length) {
    RecordHeaders headers = new RecordHeaders();
    byte[] value =
        serialize(
            new ImagePushed(REQUEST, Lane.PUSH, "m".repeat(length), IMAGE, null, TIME), headers);

    assertThatThrownBy(() -> EventCodec.decode(record(headers, value)))
        .isInstanceOf(UndecodableEventException.class)
        .hasMessageContaining("sender: found " + length + " characters, expected at most 4096");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u0000", "\\ud83d"})
  void shouldRejectTextThatNoDatabaseHolds(String escaped) {
    RecordHeaders headers = new RecordHeaders();
    byte[] value =
        serialize(new ImagePushed(REQUEST, Lane.PUSH, "sender", IMAGE, null, TIME), headers);
    String data =
        new String(value, StandardCharsets.UTF_8).replace("sender\":\"s", "sender\":\"" + escaped);

    assertThatThrownBy(
            () -> EventCodec.decode(record(headers, data.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(UndecodableEventException.class)
        .hasMessageContaining("sender: found NUL or half a surrogate pair");
  }

  private static byte[] serialize(PipelineEvent event, Headers headers) {
    CloudEvent cloudEvent = EventCodec.encode(event, URI.create("/oci2wasm/test"), TIME);
    try (CloudEventSerializer serializer = new CloudEventSerializer()) {
      return serializer.serialize("topic", headers, cloudEvent);
    }
  }

  private static ConsumerRecord<String, byte[]> record(Headers headers, byte[] value) {
    return record("topic", headers, value);
  }

  private static ConsumerRecord<String, byte[]> record(
      String topic, Headers headers, byte[] value) {
    return new ConsumerRecord<>(
        topic,
        3,
        42,
        0,
        TimestampType.CREATE_TIME,
        0,
        value.length,
        "key",
        value,
        headers,
        Optional.empty());
  }

  private static Optional<String> header(Headers headers, String name) {
    return Optional.ofNullable(headers.lastHeader(name))
        .map(header -> new String(header.value(), StandardCharsets.UTF_8));
  }
}
