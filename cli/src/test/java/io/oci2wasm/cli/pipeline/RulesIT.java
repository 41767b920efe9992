package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.event.ConversionChoice;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.store.ObjectStore;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What rules and requests do not want is not converted, through the whole pipeline. */
class RulesIT {
  private static final Platform RISCV64 = Platform.parse("linux/riscv64");
  private static final Platform AMD64 = Platform.parse("linux/amd64");

  @TempDir private static Path directory;
  private static Pipeline pipeline;
  private static TestRegistry registry;
  private static PipelineClient client;
  private static EventProducer producer;

  @BeforeAll
  static void start() throws Exception {
    registry = TestRegistry.start();
    ConversionRules rules =
        new ConversionRules(
            Platform.WITH_ENGINE,
            List.of(
                new ConversionRule(
                    null, Glob.parse("excluded/*"), Glob.parse("1"), List.of(), false),
                new ConversionRule(null, Glob.parse("edge/**"), null, List.of(RISCV64), null),
                new ConversionRule(
                    null, Glob.parse("java/*"), null, List.of(), null, GuestMemory.parse("1g")),
                new ConversionRule(
                    null,
                    Glob.parse("public/*"),
                    null,
                    List.of(),
                    null,
                    null,
                    null,
                    Materialize.ALWAYS,
                    null)));
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
                .with(rules),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), "unused");
    producer =
        EventProducer.open(
            KafkaConfig.DEFAULT.at(pipeline.bootstrapServers()), "test", Clock.systemUTC());
  }

  @AfterAll
  static void stop() {
    producer.close();
    pipeline.close();
    registry.close();
  }

  @Test
  void shouldFetchNothingOfAnExcludedTag() throws Exception {
    Descriptor image = new SampleImage(registry, "excluded/app").image("riscv64", "excluded");

    List<JsonNode> conversions = client.push(registry, "excluded/app", image);

    assertThat(conversions)
        .extracting(c -> text(c, "state"), c -> text(c, "reason"))
        .containsExactly(tuple("skipped", "excluded"));
    assertThat(text(conversions.get(0), "message"))
        .contains("conversion.rules[0] (repository: excluded/*, tag: 1) wants nothing");
    assertThat(registry.requests()).noneMatch(path -> path.contains("excluded/app"));
  }

  @Test
  void shouldConvertOnlyThePlatformsThatARuleWants() throws Exception {
    SampleImage sample = new SampleImage(registry, "edge/a/b");
    Descriptor wanted = sample.image("riscv64", "edge");
    Descriptor other = sample.image("amd64", "edge");

    List<JsonNode> conversions =
        client.push(registry, "edge/a/b", sample.index(wanted, other, sample.attestation()));

    assertThat(conversions)
        .extracting(c -> text(c, "platform"), c -> text(c, "state"), c -> text(c, "reason"))
        .containsExactlyInAnyOrder(
            tuple("linux/riscv64", "built", ""), tuple("linux/amd64", "skipped", "excluded"));
  }

  @Test
  void shouldGiveBundlesTheMemoryOfTheirRuleFromTheSameLayers() throws Exception {
    JsonNode plain =
        client
            .push(
                registry, "go/app", new SampleImage(registry, "go/app").image("riscv64", "memory"))
            .get(0);

    JsonNode ruled =
        client
            .push(
                registry,
                "java/app",
                new SampleImage(registry, "java/app").image("riscv64", "memory"))
            .get(0);

    assertThat(text(ruled, "manifestDigest")).isEqualTo(text(plain, "manifestDigest"));
    assertThat(text(ruled, "conversionId")).isNotEqualTo(text(plain, "conversionId"));
    assertThat(text(ruled, "reused")).isEqualTo("false");
    assertThat(ruled.path("layers").path("converted").asInt(-1)).isZero();
    assertThat(description(ruled).path("options")).hasToString("{\"memory\":1073741824}");
    assertThat(description(plain).has("options")).isFalse();
  }

  @Test
  void shouldStoreTheFilesOfBundlesWhoseRuleWantsThem() throws Exception {
    JsonNode stored =
        client
            .push(
                registry,
                "public/app",
                new SampleImage(registry, "public/app").image("riscv64", "stored"))
            .get(0);

    String id = text(stored, "conversionId");
    assertThat(text(stored.path("bundle"), "objectKey")).isEqualTo(ObjectKeys.bundleModule(id));
    byte[] downloaded = client.bundle(id).body();
    try (ObjectStore store = ObjectStore.open(pipeline.store())) {
      assertThat(store.bytes(ObjectKeys.bundleModule(id), downloaded.length)).contains(downloaded);
    }
    JsonNode other =
        client
            .push(
                registry,
                "go/plain",
                new SampleImage(registry, "go/plain").image("riscv64", "plain"))
            .get(0);
    assertThat(other.path("bundle").has("objectKey")).isFalse();
  }

  private static JsonNode description(JsonNode conversion) throws Exception {
    try (ObjectStore store = ObjectStore.open(pipeline.store())) {
      String key = ObjectKeys.bundleDescription(text(conversion, "conversionId"));
      return Json.MAPPER.readTree(store.bytes(key, 1 << 20).orElseThrow());
    }
  }

  @Test
  void shouldConvertWhatABatchChoosesEvenIfItIsThereAlready() throws Exception {
    SampleImage sample = new SampleImage(registry, "team/force");
    Descriptor index =
        sample.index(
            sample.image("riscv64", "force"), sample.image("amd64", "force"), sample.attestation());
    JsonNode first =
        client.push(registry, "team/force", index).stream()
            .filter(c -> text(c, "platform").equals("linux/riscv64"))
            .findFirst()
            .orElseThrow();
    String id = text(first, "conversionId");
    try (ObjectStore store = ObjectStore.open(pipeline.store())) {
      Recipe recipe =
          Recipe.parse(store.bytes(ObjectKeys.bundleRecipe(id), Recipe.MAX_BYTES).orElseThrow());
      for (String part : recipe.objects()) {
        damage(store, part, Long.toString(store.head(part).orElseThrow().size()));
      }
      damage(store, ObjectKeys.bundleRecipe(id), text(first.path("recipe"), "size"));
    }

    List<JsonNode> batch =
        request("team/force", index, new ConversionChoice(List.of(RISCV64), true));

    assertThat(batch)
        .extracting(c -> text(c, "platform"), c -> text(c, "state"), c -> text(c, "reason"))
        .containsExactlyInAnyOrder(
            tuple("linux/riscv64", "built", ""), tuple("linux/amd64", "skipped", "excluded"));
    JsonNode again =
        batch.stream().filter(c -> text(c, "state").equals("built")).findFirst().orElseThrow();
    assertThat(text(again, "conversionId")).isEqualTo(id);
    assertThat(text(again, "reused")).isEqualTo("false");
    assertThat(again.path("bundle")).isEqualTo(first.path("bundle"));
    assertThat(again.path("recipe")).isEqualTo(first.path("recipe"));
    HttpResponse<byte[]> module = client.bundle(id);
    assertThat(module.statusCode()).isEqualTo(200);
    assertThat(module.body()).hasSize(first.path("bundle").path("size").asInt());
  }

  @Test
  void shouldNotLetForceOverrideARule() throws Exception {
    Descriptor image = new SampleImage(registry, "excluded/force").image("riscv64", "no");

    List<JsonNode> batch = request("excluded/force", image, new ConversionChoice(List.of(), true));
    List<JsonNode> edge =
        request(
            "edge/force",
            new SampleImage(registry, "edge/force").image("amd64", "no"),
            new ConversionChoice(List.of(AMD64), true));

    assertThat(batch).extracting(c -> text(c, "reason")).containsExactly("excluded");
    assertThat(edge).extracting(c -> text(c, "reason")).containsExactly("excluded");
    assertThat(text(edge.get(0), "message"))
        .contains("wants [linux/riscv64], and the request wants [linux/amd64]");
  }

  /** Other bytes of the same length, as a broken disk may leave them. */
  private static void damage(ObjectStore store, String key, String size) throws Exception {
    Path other = Files.write(directory.resolve("damaged"), new byte[Integer.parseInt(size)]);
    store.put(key, other);
  }

  private static List<JsonNode> request(
      String repository, Descriptor manifest, ConversionChoice choice) throws Exception {
    String requestId = RequestIds.of("batch", registry.host(), repository);
    ImageReference image = new ImageReference(registry.host(), repository, "1", manifest.digest());
    producer.publish(
        List.of(
            new ImagePushed(
                requestId,
                Lane.BULK,
                "batch",
                image,
                manifest.mediaType(),
                Instant.now(),
                "b".repeat(32),
                choice)));
    return await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              List<JsonNode> all =
                  client.conversions(repository).stream()
                      .filter(c -> text(c, "requestId").equals(requestId))
                      .toList();
              return client.haveEnded(all) ? all : List.<JsonNode>of();
            },
            ended -> !ended.isEmpty());
  }
}
