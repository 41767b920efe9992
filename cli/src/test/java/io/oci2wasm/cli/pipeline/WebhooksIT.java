package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.cli.DockerRegistry;
import io.oci2wasm.cli.Samples;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.webhook.GoogleConfig;
import io.oci2wasm.gateway.webhook.SenderConfig;
import io.oci2wasm.gateway.webhook.WebhooksConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks of several senders through a real Kafka. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class WebhooksIT {
  private static final String SECRET = "correct-horse";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private static Path directory;
  private static Pipeline pipeline;
  private static TestRegistry registry;
  private static PipelineClient client;

  @BeforeAll
  static void start() throws Exception {
    registry = TestRegistry.start();
    Path secret = Files.writeString(directory.resolve("secret"), SECRET);
    SenderConfig none = SenderConfig.DEFAULT;
    SenderConfig quay = new SenderConfig(secret, null, null, List.of());
    WebhooksConfig webhooks =
        new WebhooksConfig(
            none, none, none, none, quay, none, none, GoogleConfig.DEFAULT, none, none, none);
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0).withWebhookSecret(secret).with(webhooks))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host()))),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), SECRET);
  }

  @AfterAll
  static void stop() {
    pipeline.close();
    registry.close();
  }

  @Test
  void shouldConvertByDigestWhatATagNamedWhenItWasRead() throws Exception {
    // Given
    SampleImage sample = new SampleImage(registry, "team/moving");
    Descriptor first = sample.image("riscv64", "first");
    Descriptor second = sample.image("riscv64", "second");
    registry.tag("team/moving", "latest", first);
    registry.moveOnceRead("team/moving", "latest", second);

    // When
    int status = post("/webhooks/quay/" + SECRET, quay("team/moving")).statusCode();
    await().atMost(PATIENCE).until(() -> built("team/moving").size() == 1);

    // Then
    assertThat(status).isEqualTo(202);
    assertThat(built("team/moving")).containsExactly(first.digest().toString());
    assertThat(registry.requests())
        .filteredOn(path -> path.equals("/v2/team/moving/manifests/latest"))
        .hasSize(1);
  }

  /** Quay tells no time: both webhooks are one request, and still nothing is lost. */
  @Test
  void shouldConvertATagAgainAfterItHasMoved() throws Exception {
    // Given
    SampleImage sample = new SampleImage(registry, "team/moved");
    Descriptor first = sample.image("riscv64", "moved first");
    Descriptor second = sample.image("riscv64", "moved second");
    registry.tag("team/moved", "latest", first);
    post("/webhooks/quay/" + SECRET, quay("team/moved"));
    await().atMost(PATIENCE).until(() -> built("team/moved").size() == 1);

    // When
    registry.tag("team/moved", "latest", second);
    post("/webhooks/quay/" + SECRET, quay("team/moved"));

    // Then
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(built("team/moved"))
                    .containsExactlyInAnyOrder(
                        first.digest().toString(), second.digest().toString()));
  }

  @Test
  void shouldWriteNothingOfARefusedWebhook() throws Exception {
    String topic = Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH);
    List<Integer> statuses = new ArrayList<>();

    statuses.add(post("/webhooks/quay", quay("team/refused")).statusCode());
    statuses.add(post("/webhooks/quay/wrong", quay("team/refused")).statusCode());
    statuses.add(post("/webhooks/dockerhub/" + SECRET, quay("team/refused")).statusCode());
    statuses.add(post("/webhooks/github", "nothing signed this").statusCode());

    assertThat(statuses).containsOnly(401);
    assertThat(records(topic)).noneMatch(record -> record.contains("team/refused"));
    assertThat(records(Topics.DEAD_LETTERED))
        .noneMatch(record -> record.contains(base64("nothing signed this")));
  }

  @Test
  void shouldKeepTheLargestBodyThatCannotBeUnderstood() throws Exception {
    String body = "x".repeat((int) GatewayConfig.DEFAULT.bodyLimit().bytes());

    HttpResponse<String> response = client.notify(body, "Bearer " + SECRET);

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.body()).contains("\"unreadable\":1");
    assertThat(records(Topics.DEAD_LETTERED))
        .filteredOn(record -> record.length() > body.length())
        .singleElement()
        .satisfies(
            record -> {
              JsonNode letter = Json.MAPPER.readTree(record);
              assertThat(letter.path("record").path("value").asText()).isEqualTo(base64(body));
              assertThat(text(letter, "stage")).isEqualTo("gateway");
              assertThat(text(letter, "reason")).isEqualTo("unreadable");
            });
  }

  @Test
  void shouldPassOnWhatARealRegistryDeletes() throws Exception {
    // Given
    DockerRegistry.assumeInstalled();
    String notifications =
        "notifications: {endpoints: [{name: oci2wasm, url: '"
            + pipeline.address()
            + "/webhooks/distribution', timeout: 2s, threshold: 5, backoff: 1s,"
            + " headers: {Authorization: ['Bearer "
            + SECRET
            + "']}}]}";
    try (DockerRegistry real = DockerRegistry.start(directory, notifications)) {
      real.skopeoCopy(
          "--format", "oci", "oci:" + Samples.LAYOUT, "docker://" + real.host() + "/team/gone:1");
      URI manifests = URI.create("http://" + real.host() + "/v2/team/gone/manifests/");
      String digest = digest(manifests.resolve("1"));

      // When
      HttpResponse<String> deleted =
          send(HttpRequest.newBuilder(manifests.resolve("./" + digest)).DELETE());

      // Then
      assertThat(deleted.statusCode()).isEqualTo(202);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(records(Topics.IMAGE_DELETED))
                      .anyMatch(
                          record ->
                              record.contains("\"repository\":\"team/gone\"")
                                  && record.contains("\"registry\":\"" + real.host())
                                  && record.contains(digest)));
    }
  }

  private static String digest(URI manifest) throws Exception {
    HttpResponse<String> response =
        send(
            HttpRequest.newBuilder(manifest)
                .header("Accept", "application/vnd.oci.image.manifest.v1+json")
                .header("Accept", "application/vnd.oci.image.index.v1+json"));
    return response.headers().firstValue("Docker-Content-Digest").orElseThrow();
  }

  private static List<String> built(String repository) throws Exception {
    return client.conversions(repository).stream()
        .filter(conversion -> text(conversion, "state").equals("built"))
        .map(conversion -> text(conversion, "manifestDigest"))
        .toList();
  }

  private static String quay(String repository) throws IOException {
    return Json.MAPPER.writeValueAsString(
        Map.of(
            "repository",
            repository,
            "docker_url",
            registry.host() + "/" + repository,
            "updated_tags",
            List.of("latest")));
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return send(
        HttpRequest.newBuilder(pipeline.address().resolve(path))
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The values of everything in a topic. */
  private static List<String> records(String topic) {
    Map<String, Object> properties =
        Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, pipeline.bootstrapServers());
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all =
          consumer.partitionsFor(topic).stream()
              .map(one -> new TopicPartition(topic, one.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      List<String> values = new ArrayList<>();
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer
            .poll(Duration.ofSeconds(1))
            .forEach(record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
      }
      return values;
    }
  }
}
