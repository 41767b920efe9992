package io.oci2wasm.cli.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.testsupport.Echo;
import io.oci2wasm.testsupport.MalformedRecords;
import io.oci2wasm.testsupport.MalformedRecords.Malformed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * What the scripts in {@code .ci/faults} see and write of Kafka: {@code TopicTool SERVERS} reads
 * one JSON command a line and answers each with one line.
 *
 * <pre>{@code
 * {"do": "mark"}                                    {"TOPIC/PARTITION": end offset, ...}
 * {"do": "read", "topics": [...], "since": MARK}    {"records": [{topic, offset, time, key, headers, value}]}
 * {"do": "queued", "groups": [...]}                 {"GROUP": records not yet accepted, ...}
 * {"do": "send", "records": [{topic, key, headers, value}]}   {"sent": N}
 * {"do": "malform", "topics": [...], "seed": N, "each": N}    {"letters": [ids of dead letters that there must be]}
 * {"do": "echo", "topics": [...], "seed": N}        {}: from now on every record is written twice
 * {"do": "silence"}                                 {"copied": N}
 * }</pre>
 */
public final class TopicTool {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final String OURS = "oci2wasm.";
  private static final String MALFORMED = "test-malformed";

  private final Map<String, Object> client;
  private final Admin admin;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer;
  private @Nullable Echo echo;

  private TopicTool(String servers) {
    this.client = Map.of("bootstrap.servers", servers, "enable.auto.commit", false);
    this.admin = Admin.create(Map.of("bootstrap.servers", servers));
    this.consumer =
        new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  public static void main(String[] args) throws IOException {
    TopicTool tool = new TopicTool(args[0]);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(tool.answer(Json.MAPPER.readTree(line)));
    }
    System.exit(0);
  }

  private JsonNode answer(JsonNode command) throws IOException {
    try {
      return switch (command.path("do").asText()) {
        case "mark" -> mark();
        case "read" -> read(strings(command.path("topics")), command.path("since"));
        case "queued" -> queued(strings(command.path("groups")));
        case "send" -> send(command.path("records"));
        case "malform" -> malform(command);
        case "echo" -> {
          echo = Echo.start(client, producer, strings(command.path("topics")), seed(command));
          yield Json.MAPPER.createObjectNode();
        }
        case "silence" -> silence();
        default -> throw new IllegalArgumentException("found no such command: " + command);
      };
    } catch (RuntimeException | InterruptedException | ExecutionException e) {
      return Json.MAPPER.createObjectNode().put("error", e.toString());
    }
  }

  private static long seed(JsonNode command) {
    return command.path("seed").asLong();
  }

  private static List<String> strings(JsonNode array) {
    List<String> all = new ArrayList<>();
    array.forEach(item -> all.add(item.asText()));
    return all;
  }

  private List<TopicPartition> partitions(Collection<String> topics) {
    return topics.stream()
        .flatMap(topic -> consumer.partitionsFor(topic).stream())
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  private JsonNode mark() throws InterruptedException, ExecutionException {
    List<String> topics =
        admin.listTopics().names().get().stream().filter(name -> name.contains(OURS)).toList();
    ObjectNode mark = Json.MAPPER.createObjectNode();
    consumer
        .endOffsets(partitions(topics))
        .forEach((at, end) -> mark.put(at.topic() + "/" + at.partition(), end));
    return mark;
  }

  private JsonNode read(List<String> topics, JsonNode since) throws IOException {
    List<TopicPartition> partitions = partitions(topics);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    consumer.assign(partitions);
    for (TopicPartition at : partitions) {
      consumer.seek(at, since.path(at.topic() + "/" + at.partition()).asLong());
    }
    ObjectNode answer = Json.MAPPER.createObjectNode();
    ArrayNode records = answer.putArray("records");
    while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.getOrDefault(at, 0L))) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.headers().lastHeader(MALFORMED) == null) {
          records.add(json(record));
        }
      }
    }
    return answer;
  }

  private static JsonNode json(ConsumerRecord<byte[], byte[]> record) throws IOException {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("topic", record.topic()).put("partition", record.partition());
    node.put("offset", record.offset()).put("time", record.timestamp());
    node.put("key", record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8));
    ObjectNode headers = node.putObject("headers");
    for (Header header : record.headers()) {
      headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
    }
    node.set("value", record.value() == null ? null : Json.MAPPER.readTree(record.value()));
    return node;
  }

  private JsonNode queued(List<String> groups) throws InterruptedException, ExecutionException {
    Map<String, ListShareGroupOffsetsSpec> wanted = new HashMap<>();
    groups.forEach(group -> wanted.put(group, new ListShareGroupOffsetsSpec()));
    ObjectNode queued = Json.MAPPER.createObjectNode();
    admin
        .listShareGroupOffsets(wanted)
        .all()
        .get()
        .forEach(
            (group, offsets) ->
                queued.put(
                    group,
                    offsets.values().stream()
                        .filter(info -> info != null)
                        .mapToLong(info -> info.lag().orElse(0L))
                        .sum()));
    return queued;
  }

  private JsonNode send(JsonNode records) throws InterruptedException, ExecutionException {
    List<Future<RecordMetadata>> pending = new ArrayList<>();
    for (JsonNode record : records) {
      ProducerRecord<byte[], byte[]> out =
          new ProducerRecord<>(
              record.path("topic").asText(), bytes(record.get("key")), bytes(record.get("value")));
      record
          .path("headers")
          .properties()
          .forEach(header -> out.headers().add(header.getKey(), bytes(header.getValue())));
      pending.add(producer.send(out));
    }
    for (Future<RecordMetadata> one : pending) {
      one.get();
    }
    return Json.MAPPER.createObjectNode().put("sent", pending.size());
  }

  /** Marked, so that they are not read again: scripts could do nothing with them. */
  private JsonNode malform(JsonNode command) throws InterruptedException, ExecutionException {
    Instant now = Instant.now();
    MalformedRecords source =
        new MalformedRecords(
            seed(command), now, event -> Records.outgoing(event, "test", now).record());
    List<Malformed> records = new ArrayList<>();
    for (int i = 0; i < command.path("each").asInt(); i++) {
      strings(command.path("topics")).forEach(topic -> records.add(source.next(topic)));
    }
    List<Future<RecordMetadata>> pending = new ArrayList<>();
    for (Malformed one : records) {
      ProducerRecord<byte[], byte[]> record = one.toWrite();
      record.headers().add(MALFORMED, new byte[0]);
      pending.add(producer.send(record));
    }
    ObjectNode answer = Json.MAPPER.createObjectNode();
    ArrayNode letters = answer.putArray("letters");
    for (int i = 0; i < records.size(); i++) {
      RecordMetadata at = pending.get(i).get();
      if (records.get(i).isLetter()) {
        letters.add(
            DeadLetter.idOf(new DeadLetter.Origin(at.topic(), at.partition(), at.offset())));
      }
    }
    return answer;
  }

  private static byte @Nullable [] bytes(@Nullable JsonNode node) {
    if (node == null || node.isNull()) {
      return null;
    }
    return (node.isTextual() ? node.asText() : node.toString()).getBytes(StandardCharsets.UTF_8);
  }

  private JsonNode silence() throws InterruptedException {
    Echo running = echo;
    echo = null;
    return Json.MAPPER.createObjectNode().put("copied", running == null ? 0 : running.stop());
  }
}
