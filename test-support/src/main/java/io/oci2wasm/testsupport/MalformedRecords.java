package io.oci2wasm.testsupport;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.TopicEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Records that no consumer of today can read, from a seed: each is an event of its topic in which
 * one thing is wrong. Equal seeds make equal records.
 */
public final class MalformedRecords {
  /** What {@code [[1]]} is in place of: nothing at all. */
  private static final JsonNode WRONG_SHAPE = tree("[[1]]");

  private final Random random;
  private final Instant now;
  private final Function<TopicEvent, RecordCopy> form;

  /**
   * A source of records.
   *
   * @param now the time of all of them
   * @param form the good record of an event
   */
  public MalformedRecords(long seed, Instant now, Function<TopicEvent, RecordCopy> form) {
    this.random = new Random(seed);
    this.now = now;
    this.form = form;
  }

  /**
   * A record, what is wrong with it, and the reason for which it is set aside.
   *
   * @param topic where it is to be written
   */
  public record Malformed(
      String kind,
      String topic,
      Reason reason,
      @Nullable String key,
      Map<String, Bytes> headers,
      @Nullable Bytes value) {
    /** Whether there is a letter about it: not about what is a damaged letter itself. */
    public boolean isLetter() {
      return !topic.equals(Topics.DEAD_LETTERED) || reason == Reason.NEWER_VERSION;
    }

    /** As a letter has it. */
    public String valueInBase64() {
      return value == null || value.base64() == null ? "" : value.base64();
    }

    /** For Kafka's client. */
    public ProducerRecord<byte[], byte[]> toWrite() {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(
              topic,
              key == null ? null : key.getBytes(StandardCharsets.UTF_8),
              value == null ? null : value.array());
      headers.forEach((name, bytes) -> record.headers().add(name, bytes.array()));
      return record;
    }

    @Override
    public String toString() {
      return kind + " in " + topic;
    }
  }

  /** Some bytes, or none; in base64 because records of Java have no arrays. */
  public record Bytes(@Nullable String base64) {
    static Bytes of(byte[] bytes) {
      return new Bytes(RecordCopy.encode(bytes));
    }

    static Bytes of(String text) {
      return of(text.getBytes(StandardCharsets.UTF_8));
    }

    byte @Nullable [] array() {
      return base64 == null ? null : RecordCopy.decode(base64);
    }
  }

  /** All topics that somebody reads who expects an event of ours. */
  public static List<String> topics() {
    List<String> topics = new ArrayList<>();
    for (String type : Topics.LANED) {
      for (Lane lane : Lane.values()) {
        topics.add(Topics.work(type, lane));
      }
      topics.add(Topics.retry(type));
    }
    topics.addAll(Topics.COMPLETION);
    topics.addAll(Topics.BATCH);
    topics.addAll(
        List.of(
            Topics.STAGE_STARTED,
            Topics.IMAGE_DELETED,
            Topics.REPLAYED,
            Topics.RESENT,
            Topics.DEAD_LETTERED));
    return topics;
  }

  /** A record for {@code topic}. */
  public Malformed next(String topic) {
    TopicEvent event = SampleEvents.ofTopic(topic, random.nextLong(), now);
    RecordCopy good = form.apply(event);
    Damage damage =
        new Damage(
            topic,
            new TreeMap<>(),
            tree(new String(RecordCopy.decode(good.value()), StandardCharsets.UTF_8)));
    good.headers().forEach(header -> damage.headers.put(header.name(), new Bytes(header.value())));
    List<Kind> kinds = kinds(event);
    Kind kind = kinds.get(random.nextInt(kinds.size()));
    kind.how.to(damage);
    return new Malformed(
        kind.name,
        topic,
        damage.reason,
        random.nextBoolean() ? "key" : null,
        damage.headers,
        damage.value());
  }

  /** A record while something is done to it. */
  private static final class Damage {
    private final String topic;
    private final Map<String, Bytes> headers;
    private final JsonNode data;
    private boolean replaced;
    private @Nullable Bytes value;
    private Reason reason = Reason.UNREADABLE;

    private Damage(String topic, Map<String, Bytes> headers, JsonNode data) {
      this.topic = topic;
      this.headers = headers;
      this.data = data;
    }

    private void value(@Nullable Bytes bytes) {
      replaced = true;
      value = bytes;
    }

    private @Nullable Bytes value() {
      return replaced ? value : Bytes.of(json());
    }

    /** In ASCII, so that halves of surrogate pairs stay what they are. */
    private String json() {
      try {
        return Json.MAPPER
            .writer()
            .with(JsonWriteFeature.ESCAPE_NON_ASCII)
            .writeValueAsString(data);
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException(e);
      }
    }

    private ObjectNode object() {
      return (ObjectNode) data;
    }
  }

  private interface How {
    void to(Damage damage);
  }

  private record Kind(String name, How how) {}

  private static Kind kind(String name, How how) {
    return new Kind(name, how);
  }

  private List<Kind> kinds(TopicEvent event) {
    return Stream.of(envelopes(), values(), members(event), future(event))
        .flatMap(List::stream)
        .toList();
  }

  private List<Kind> envelopes() {
    List<Kind> kinds = new ArrayList<>();
    for (String name : List.of("ce_id", "ce_type", "ce_source", "ce_specversion")) {
      kinds.add(kind("without " + name, d -> d.headers.remove(name)));
      kinds.add(kind("null in " + name, d -> d.headers.put(name, new Bytes(null))));
    }
    kinds.add(kind("no headers", d -> d.headers.clear()));
    kinds.add(
        kind("version 2 of CloudEvents", d -> d.headers.put("ce_specversion", Bytes.of("2.0"))));
    kinds.add(kind("a stranger's type", d -> d.headers.put("ce_type", Bytes.of("com.example.x"))));
    kinds.add(kind("binary type", d -> d.headers.put("ce_type", garbage(9))));
    kinds.add(
        kind(
            "another topic's type",
            d ->
                d.headers.put(
                    "ce_type",
                    Bytes.of(
                        d.topic.startsWith(Topics.BATCH_CHANGED)
                            ? Topics.BATCH_ENTERED
                            : Topics.BATCH_CHANGED))));
    for (String time : List.of("yesterday", "+999999-01-01T00:00:00Z", "0001-01-01T00:00:00Z")) {
      kinds.add(
          kind(
              "time " + time,
              d -> {
                d.headers.put("ce_time", Bytes.of(time));
                d.object().remove("requestId");
                d.object().remove("batchId");
                d.object().remove("registry");
                d.object().remove("id");
                d.object().remove("deadLetterId");
              }));
    }
    kinds.add(
        kind(
            "huge headers",
            d -> {
              d.headers.remove("ce_id");
              d.headers.put("x-huge", garbage(200_000));
            }));
    for (String structured :
        List.of(
            "{\"specversion\":\"1.0\",\"id\":7,\"source\":\"/x\",\"type\":\"TYPE\",\"data\":{}}",
            "{\"specversion\":\"1.0\",\"id\":[],\"source\":{},\"type\":\"TYPE\"}",
            "{\"specversion\":1,\"id\":\"a\",\"source\":\"/x\",\"type\":\"TYPE\",\"data\":\"x\"}",
            "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"/x\",\"type\":\"TYPE\","
                + "\"data_base64\":\"%%%\"}",
            "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\":::\",\"type\":\"TYPE\",\"data\":null}",
            "[]",
            "{",
            "")) {
      kinds.add(
          kind(
              "structured " + structured,
              d -> {
                Bytes type = d.headers.get("ce_type");
                d.headers.clear();
                d.headers.put("content-type", Bytes.of("application/cloudevents+json"));
                String text = type == null ? "" : new String(type.array(), StandardCharsets.UTF_8);
                d.value(Bytes.of(structured.replace("TYPE", text)));
              }));
    }
    kinds.add(
        kind(
            "a form of CloudEvents that we lack",
            d -> {
              d.headers.clear();
              d.headers.put("content-type", Bytes.of("application/cloudevents+avro"));
            }));
    return kinds;
  }

  private List<Kind> values() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(kind("null", d -> d.value(null)));
    for (String text : List.of("", " ", "null", "42", "\"text\"", "[]", "{}", "{\"a\":", "{]")) {
      kinds.add(kind("value " + text, d -> d.value(Bytes.of(text))));
    }
    kinds.add(kind("binary", d -> d.value(garbage(1 + random.nextInt(3000)))));
    kinds.add(kind("deep", d -> d.value(Bytes.of("{\"a\":" + "[".repeat(5000)))));
    kinds.add(
        kind(
            "UTF-16", d -> d.value(Bytes.of(d.data.toString().getBytes(StandardCharsets.UTF_16)))));
    kinds.add(
        kind(
            "cut off",
            d -> {
              String json = d.data.toString();
              d.value(Bytes.of(json.substring(0, 1 + random.nextInt(json.length() - 1))));
            }));
    kinds.add(
        kind(
            "no UTF-8",
            d -> {
              byte[] json = d.data.toString().getBytes(StandardCharsets.UTF_8);
              json[2] = (byte) 0xff;
              d.value(Bytes.of(json));
            }));
    return kinds;
  }

  private List<Kind> members(TopicEvent event) {
    List<Kind> kinds = new ArrayList<>();
    JsonNode data = Json.MAPPER.valueToTree(event);
    for (Map.Entry<String, JsonNode> member : data.properties()) {
      String name = member.getKey();
      kinds.add(kind("shape of " + name, d -> d.object().set(name, WRONG_SHAPE)));
      if (member.getValue().isTextual() && !SampleEvents.isOptional(name)) {
        kinds.add(kind("no " + name, d -> d.object().remove(name)));
        kinds.add(kind("null as " + name, d -> d.object().putNull(name)));
      }
      if (member.getValue().isTextual() && !name.equals("message")) {
        kinds.add(kind("long " + name, d -> d.object().put(name, "a".repeat(5000))));
        kinds.add(kind("very long " + name, d -> d.object().put(name, "a".repeat(300_000))));
        kinds.add(kind("NUL in " + name, d -> d.object().put(name, "a\0b")));
        kinds.add(kind("half a pair in " + name, d -> d.object().put(name, "a\ud83db")));
      }
      if (member.getValue().isArray()) {
        kinds.add(kind("null in " + name, d -> ((ArrayNode) d.data.path(name)).addNull()));
      }
      if (member.getValue().isIntegralNumber()) {
        kinds.add(kind("huge " + name, d -> d.object().set(name, tree("1" + "0".repeat(30)))));
        kinds.add(kind("text as " + name, d -> d.object().put(name, "many")));
      }
    }
    for (String name : List.of("requestedAt", "changedAt", "pushedAt", "deletedAt", "replayedAt")) {
      if (data.has(name)) {
        kinds.add(kind("far " + name, d -> d.object().put(name, "+99999-01-01T00:00:00Z")));
        kinds.add(kind("early " + name, d -> d.object().put(name, "-9999-01-01T00:00:00Z")));
        kinds.add(kind("no time as " + name, d -> d.object().put(name, "")));
      }
    }
    if (data.has("image")) {
      if (!(event instanceof EventReplayed || event instanceof DeadLetter)) {
        kinds.add(kind("no image", d -> d.object().putNull("image")));
      }
      kinds.add(kind("empty image", d -> d.object().putObject("image")));
      kinds.add(
          kind("image: no name", d -> ((ObjectNode) d.data.path("image")).put("repository", "")));
      kinds.add(
          kind("image: digest", d -> ((ObjectNode) d.data.path("image")).put("digest", "md5:1")));
    }
    if (data.has("bundle")) {
      kinds.add(
          kind(
              "bundle: neither key nor recipe",
              d -> {
                ((ObjectNode) d.data.path("bundle")).putNull("objectKey");
                d.object().remove("recipe");
              }));
      kinds.add(
          kind("bundle: NUL", d -> ((ObjectNode) d.data.path("bundle")).put("objectKey", "a\0")));
    }
    return kinds;
  }

  private List<Kind> future(TopicEvent event) {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(
        newer("version 2 of a type", d -> d.headers.put("ce_type", Bytes.of(version2(event)))));
    kinds.add(
        newer(
            "a type of the future",
            d -> d.headers.put("ce_type", Bytes.of("oci2wasm.image.signed.v1"))));
    JsonNode data = Json.MAPPER.valueToTree(event);
    for (String name : List.of("lane", "stage", "reason", "kind", "change")) {
      if (data.path(name).isTextual()) {
        kinds.add(
            newer("a word of the future as " + name, d -> d.object().put(name, "not-yet-known")));
        kinds.add(kind("no word as " + name, d -> d.object().put(name, "Not a word!")));
        kinds.add(kind("a number as " + name, d -> d.object().put(name, 1)));
      }
    }
    return kinds;
  }

  private static String version2(TopicEvent event) {
    return event.type().replaceFirst("v1$", "v2");
  }

  private static Kind newer(String name, How how) {
    return kind(
        name,
        d -> {
          how.to(d);
          d.reason = Reason.NEWER_VERSION;
          // What we do not know is ignored beside what stops us.
          d.object().putObject("future").putArray("fields").addNull().add(1);
        });
  }

  private Bytes garbage(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] = (byte) 0xfe;
    return Bytes.of(bytes);
  }

  private static JsonNode tree(String json) {
    try {
      return Json.MAPPER.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
