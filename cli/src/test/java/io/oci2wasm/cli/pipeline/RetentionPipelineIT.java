package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.cli.remote.GatewayClient;
import io.oci2wasm.cli.remote.RefusedCallException;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectInventory;
import io.oci2wasm.runtime.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retention beside a pipeline that works, with rules that let nothing live longer than seconds. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class RetentionPipelineIT {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final RetentionConfig HARSH =
      new RetentionConfig(null, SECOND, SECOND, 1, true, SECOND, SECOND);

  @TempDir private Path directory;
  private TestRegistry registry;
  private Pipeline pipeline;
  private PipelineClient client;
  private GatewayClient api;
  private ObjectStore store;

  @BeforeEach
  void start() throws Exception {
    registry = TestRegistry.start();
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
                .with(HARSH),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), "unused");
    api = new GatewayClient(pipeline.address(), null, null);
    store = ObjectStore.open(pipeline.store());
    await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> assertThat(client.isUp()).isTrue());
  }

  @AfterEach
  void stop() {
    store.close();
    pipeline.close();
    registry.close();
  }

  @Test
  void shouldLetEveryRequestEndWhileItRemovesAllThatMayGo() throws Exception {
    // Until the topics are read to their ends it refuses.
    await().atMost(Duration.ofMinutes(2)).ignoreExceptions().until(() -> client.gc(true) != null);
    AtomicBoolean stopping = new AtomicBoolean();
    List<JsonNode> reports = new ArrayList<>();
    List<Exception> errors = new ArrayList<>();
    Thread collecting =
        new Thread(
            () -> {
              while (!stopping.get()) {
                try {
                  reports.add(client.gc(false));
                } catch (Exception e) {
                  errors.add(e);
                }
              }
            });
    collecting.start();
    List<JsonNode> ended = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        // The layers are shared by all, and each repository comes again and again.
        String repository = "team/app" + i % 3;
        Descriptor image = new SampleImage(registry, repository).image("riscv64", "v" + i / 2);
        ended.addAll(client.push(registry, repository, image));
      }
    } finally {
      stopping.set(true);
      collecting.join();
    }

    assertThat(errors).isEmpty();
    assertThat(ended).extracting(one -> text(one, "state")).isSubsetOf("built", "removed");
    assertThat(ended).allSatisfy(one -> assertThat(one.path("bundle").isObject()).isTrue());
    assertThat(reports).anyMatch(report -> report.path("removed").size() > 0);
    // Some time later nothing is left but the engine, which is young, and what is asked for again
    // is made again.
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> {
              JsonNode unused = client.gc(false);
              assertThat(store.list(""))
                  .singleElement()
                  .satisfies(left -> assertThat(left.key()).startsWith("engines/"));
            });
    Descriptor image = new SampleImage(registry, "team/app0").image("riscv64", "v0");
    JsonNode again = client.push(registry, "team/app0", image).get(0);
    assertThat(text(again, "state")).isEqualTo("built");
    assertThat(text(again, "reused")).isEqualTo("false");
    assertThat(client.bundle(text(again, "conversionId")).statusCode()).isEqualTo(200);
  }

  @Test
  void shouldMakeAgainWhatIsNotWhole() throws Exception {
    Descriptor image = new SampleImage(registry, "team/holes").image("riscv64", "holes");
    JsonNode first = client.push(registry, "team/holes", image).get(0);
    String id = text(first, "conversionId");
    ObjectInventory inventory = store.inventory();
    List<String> lost = new ArrayList<>();
    store.list("layers/").stream()
        .map(ObjectInfo::key)
        .filter(key -> key.endsWith("/data"))
        .forEach(lost::add);
    lost.add(ObjectKeys.bundleRecipe(id));
    lost.add(ObjectKeys.blob(SampleImage.layer().digest()));
    for (String key : lost) {
      inventory.delete(key);
    }

    JsonNode second = client.push(registry, "team/holes", image).get(0);

    assertThat(text(second, "state")).isEqualTo("built");
    assertThat(text(second, "reused")).isEqualTo("false");
    assertThat(client.bundle(id).statusCode()).isEqualTo(200);
    for (String key : lost) {
      assertThat(store.head(key)).as(key).isPresent();
    }
  }

  @Test
  void shouldTellWhatItWouldRemoveAndRefuseToGuess() throws Exception {
    Descriptor image = new SampleImage(registry, "team/dry").image("riscv64", "dry");
    JsonNode unused = client.push(registry, "team/dry", image).get(0);
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () ->
                assertThat(client.gc(true).path("images").path(0).path("rule").asText())
                    .isEqualTo("unused"));
    List<ObjectInfo> before = store.list("");

    JsonNode report = client.gc(true);

    assertThat(store.list("")).isEqualTo(before);
    assertThat(report.path("dryRun").asBoolean()).isTrue();
    assertThat(report.path("objects").asInt()).isEqualTo(before.size());
    assertThat(client.get("/metrics").body()).doesNotContain("oci2wasm_retention_removed");
    for (Object guess : new Object[] {Map.of(), List.of(), Map.of("dryRun", "no")}) {
      assertThat(
              catchThrowableOfType(RefusedCallException.class, () -> api.post("/api/v1/gc", guess)))
          .satisfies(refused -> assertThat(refused.status()).isEqualTo(400));
    }
    assertThat(store.list("")).isEqualTo(before);
  }
}
