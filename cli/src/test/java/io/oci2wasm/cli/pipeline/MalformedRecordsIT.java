package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.ingest.delivery.DeliveryConfig;
import io.oci2wasm.ingest.delivery.SignerConfig;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.testsupport.MalformedRecords;
import io.oci2wasm.testsupport.MalformedRecords.Malformed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Malformed records of every kind in every topic: each is set aside once, nothing waits behind one,
 * and a rebuild says the same.
 */
class MalformedRecordsIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int IN_EACH_TOPIC = 12;
  private static final long SEED = 20261128;

  @TempDir private Path data;

  @Test
  void shouldSetEachAsideOnceAndConvertWhatIsBehindThem() throws Exception {
    try (TestRegistry registry = TestRegistry.start()) {
      Map<String, JsonNode> before;
      List<JsonNode> conversions;
      Map<String, Malformed> expected;
      try (Pipeline pipeline = start(registry, false)) {
        PipelineClient client = new PipelineClient(pipeline.address(), "unused");
        push(client, registry, "team/before");

        expected = write(pipeline.bootstrapServers());
        push(client, registry, "team/after");
        push(client, registry, "team/later");
        await().atMost(PATIENCE).until(() -> letters(client).size() >= expected.size());
        await()
            .atMost(PATIENCE)
            .until(() -> letters(client).values().stream().allMatch(MalformedRecordsIT::isLast));

        before = letters(client);
        assertThat(before.keySet()).isEqualTo(expected.keySet());
        for (Map.Entry<String, Malformed> one : expected.entrySet()) {
          assertKept(client, one.getKey(), one.getValue());
        }
        assertHealthy(client);
        assertThat(client.get("/metrics").body())
            .containsPattern(
                "oci2wasm_records_unreadable_total\\{[^}]*topic=\"oci2wasm.event.deadlettered.v1\"");
        client.conversions("team/*").forEach(client::awaitStages);
        conversions = client.conversions("team/*");
        assertThat(conversions).hasSize(3).allMatch(one -> text(one, "state").equals("built"));
        assertThat(client.conversions("strangers/*")).isEmpty();
      }

      try (Pipeline pipeline = start(registry, true)) {
        PipelineClient client = new PipelineClient(pipeline.address(), "unused");
        await().atMost(PATIENCE).until(() -> client.get("/health/ready").statusCode() == 200);

        assertThat(letters(client)).isEqualTo(before);
        assertThat(client.conversions("team/*")).isEqualTo(conversions);
        push(client, registry, "team/last");
        assertHealthy(client);
      }
    }
  }

  private static void push(PipelineClient client, TestRegistry registry, String repository)
      throws Exception {
    Descriptor image = new SampleImage(registry, repository).image("riscv64", repository);

    assertThat(client.push(registry, repository, image))
        .singleElement()
        .matches(one -> text(one, "state").equals("built"));
  }

  /** The letters that there will be, by id. */
  private static Map<String, Malformed> write(String servers) throws Exception {
    Instant now = Instant.now();
    MalformedRecords records =
        new MalformedRecords(SEED, now, event -> Records.outgoing(event, "test", now).record());
    // Two may be equal.
    List<Map.Entry<Malformed, Future<RecordMetadata>>> written = new ArrayList<>();
    Map<String, Malformed> expected = new TreeMap<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < IN_EACH_TOPIC; i++) {
        for (String topic : MalformedRecords.topics()) {
          Malformed malformed = records.next(topic);
          written.add(Map.entry(malformed, producer.send(malformed.toWrite())));
        }
      }
    }
    for (Map.Entry<Malformed, Future<RecordMetadata>> one : written) {
      RecordMetadata at = one.getValue().get();
      DeadLetter.Origin origin = new DeadLetter.Origin(at.topic(), at.partition(), at.offset());
      boolean newer = one.getKey().reason() == Reason.NEWER_VERSION;
      if (one.getKey().isLetter()) {
        expected.put(DeadLetter.idOf(origin), one.getKey());
      }
      if (at.topic().equals(Topics.BUNDLE_BUILT) && newer) {
        expected.put(DeadLetter.idOf(origin, Topics.DELIVERY_GROUP), one.getKey());
      }
    }
    return expected;
  }

  private static Map<String, JsonNode> letters(PipelineClient client) throws Exception {
    Map<String, JsonNode> letters = new TreeMap<>();
    String page = "";
    do {
      JsonNode answer =
          Json.MAPPER.readTree(client.get("/api/v1/dead-letters?limit=200" + page).body());
      answer.path("items").forEach(item -> letters.put(text(item, "id"), item));
      page = answer.has("next") ? "&page=" + text(answer, "next") : "";
    } while (!page.isEmpty());
    return letters;
  }

  /** Whether nobody will tell more of the record: of one that is work, its worker comes last. */
  private static boolean isLast(JsonNode letter) {
    boolean isWork =
        Topics.LANED.stream()
            .flatMap(type -> Stream.of(Lane.values()).map(lane -> Topics.work(type, lane)))
            .anyMatch(text(letter.path("origin"), "topic")::equals);
    return !isWork || text(letter, "source").equals("pipeline");
  }

  /** The worker's letter replaces the gateway's about the same record: both say the same of it. */
  private static void assertKept(PipelineClient client, String id, Malformed malformed)
      throws Exception {
    JsonNode letter = Json.MAPPER.readTree(client.get("/api/v1/dead-letters/" + id).body());
    assertThat(text(letter, "reason"))
        .as(malformed + ": " + text(letter, "message"))
        .isEqualTo(malformed.reason().toString());
    assertThat(text(letter.path("origin"), "topic")).isEqualTo(malformed.topic());
    assertThat(text(letter.path("record"), "value"))
        .as(malformed.toString())
        .isEqualTo(malformed.valueInBase64());
    List<String> headers = new ArrayList<>();
    letter.path("record").path("headers").forEach(header -> headers.add(text(header, "name")));
    assertThat(headers).containsExactlyInAnyOrderElementsOf(malformed.headers().keySet());
  }

  private static void assertHealthy(PipelineClient client) throws Exception {
    assertThat(client.get("/health/live").statusCode()).isEqualTo(200);
    assertThat(client.get("/health/ready").statusCode()).isEqualTo(200);
  }

  private Pipeline start(TestRegistry registry, boolean rebuild) throws Exception {
    return Pipeline.start(
        PipelineConfig.DEFAULT
            .with(GatewayConfig.DEFAULT.onPort(0))
            .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
            .with(
                new DeliveryConfig(
                    List.of(new Glob("registry.example/none")),
                    null,
                    SignerConfig.NONE,
                    null,
                    DeliveryConfig.DEFAULT.work())),
        data,
        rebuild);
  }
}
