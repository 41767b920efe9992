package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.cli.remote.GatewayClient;
import io.oci2wasm.cli.remote.RefusedCallException;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches of what was asked for, through real Kafka and S3 servers. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class BatchIT {
  private static final int IMAGES = 8;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Images a second: few enough that a slow machine can act before the last of them. */
  private static final double RATE = 0.5;

  private static final Duration STILL = Duration.ofSeconds(5);

  @TempDir private Path data;
  private TestRegistry registry;
  private Pipeline pipeline;
  private GatewayClient api;

  @BeforeEach
  void start() throws Exception {
    registry = TestRegistry.start();
    open(false);
    PipelineClient client = new PipelineClient(pipeline.address(), "unused");
    for (int i = 0; i < IMAGES; i++) {
      String repository = (i < 2 ? "other/app" : "team/app") + i;
      client.push(
          registry, repository, new SampleImage(registry, repository).image("riscv64", "v" + i));
    }
    registry.requests().clear();
  }

  private void open(boolean rebuild) throws Exception {
    open(rebuild, List.of(registry.host()));
  }

  private void open(boolean rebuild, List<String> registries) throws Exception {
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(RegistriesConfig.DEFAULT.and(List.of(), registries)),
            data,
            rebuild);
    api = new GatewayClient(pipeline.address(), null, null);
  }

  @AfterEach
  void stop() {
    pipeline.close();
    registry.close();
  }

  private String begin(Map<String, Object> more) throws Exception {
    Map<String, Object> order = new LinkedHashMap<>(more);
    order.put("kind", "reconvert");
    order.put("registry", registry.host());
    return text(api.post("/api/v1/batches", order), "id");
  }

  private JsonNode batch(String id) throws Exception {
    return api.get("/api/v1/batches/" + id, Map.of());
  }

  private void change(String id, String change) throws Exception {
    JsonNode unused = api.post("/api/v1/batches/" + id + "/" + change, Map.of());
  }

  private static int images(JsonNode batch, String state) {
    return batch.path("images").path(state).asInt();
  }

  private JsonNode awaitState(String id, String state) {
    await()
        .atMost(PATIENCE)
        // A rebuild knows of no batch before it has read the topics.
        .ignoreExceptionsInstanceOf(RefusedCallException.class)
        .untilAsserted(() -> assertThat(text(batch(id), "state")).isEqualTo(state));
    try {
      return batch(id);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitEnded(String id, int images) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(images(batch(id), "reused")).isGreaterThanOrEqualTo(images));
  }

  /** The batch, once nothing has begun or ended for so long that its rate allows two images. */
  private JsonNode awaitStill(String id) throws Exception {
    AtomicReference<JsonNode> last = new AtomicReference<>(batch(id));
    await()
        .atMost(PATIENCE)
        .during(STILL)
        .until(
            () -> {
              JsonNode now = batch(id);
              boolean isSame = last.getAndSet(now).path("images").equals(now.path("images"));
              return isSame && images(now, "running") == 0;
            });
    return batch(id);
  }

  private JsonNode conversions(String id) throws Exception {
    return api.get("/api/v1/conversions", Map.of("batch", id)).path("items");
  }

  @Test
  void shouldConvertWhatWasAskedForAndMatchesWithoutTheRegistry() throws Exception {
    String id = begin(Map.of("repositories", List.of("team/*")));

    JsonNode done = awaitState(id, "done");

    assertThat(images(done, "total")).isEqualTo(IMAGES - 2);
    assertThat(images(done, "reused")).isEqualTo(IMAGES - 2);
    assertThat(done.path("conversions").path("reused").asInt()).isEqualTo(IMAGES - 2);
    assertThat(conversions(id))
        .hasSize(IMAGES - 2)
        .allSatisfy(
            one -> {
              assertThat(text(one, "state")).isEqualTo("built");
              assertThat(text(one, "reused")).isEqualTo("true");
              assertThat(text(one, "lane")).isEqualTo("bulk");
              assertThat(one.path("image").path("repository").asText()).startsWith("team/");
            });
    assertThat(registry.requests()).isEmpty();
    // What batches asked for is no other image.
    assertThat(
            api.post(
                    "/api/v1/batches",
                    Map.of("kind", "reconvert", "registry", registry.host(), "dryRun", true))
                .path("images")
                .asInt())
        .isEqualTo(IMAGES);
  }

  @Test
  void shouldConvertNothingOfARegistryThatIsNoLongerAllowed() throws Exception {
    pipeline.close();
    open(false, List.of("127.0.0.1:1"));

    String id = begin(Map.of("repositories", List.of("other/*")));

    assertThat(images(awaitState(id, "done"), "failed")).isEqualTo(2);
    assertThat(conversions(id))
        .hasSize(2)
        .allMatch(one -> text(one, "reason").equals("registry-not-allowed"));
    assertThat(registry.requests()).isEmpty();
  }

  @Test
  void shouldGoOnAfterARestartAndARebuildWithoutBeginningAnythingTwice() throws Exception {
    String id = begin(Map.of("rate", 1));
    awaitEnded(id, 2);

    pipeline.close();
    open(false);
    awaitEnded(id, 4);
    pipeline.close();
    open(true);
    JsonNode done = awaitState(id, "done");

    assertThat(images(done, "total")).isEqualTo(IMAGES);
    assertThat(images(done, "reused")).isEqualTo(IMAGES);
    assertThat(conversions(id)).hasSize(IMAGES);
    for (JsonNode one : conversions(id)) {
      JsonNode history =
          api.get("/api/v1/conversions/" + text(one, "id"), Map.of()).path("history");
      assertThat(history)
          .as(history.toString())
          .extracting(state -> text(state, "state") + " " + text(state, "stage"))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void shouldBeginNothingWhilePausedAndNeverAfterCancelling() throws Exception {
    String id = begin(Map.of("rate", RATE));
    awaitEnded(id, 1);

    change(id, "pause");
    JsonNode paused = awaitStill(id);
    change(id, "resume");
    awaitEnded(id, images(paused, "reused") + 1);
    change(id, "cancel");
    JsonNode cancelled = awaitStill(id);

    assertThat(text(paused, "state")).isEqualTo("paused");
    assertThat(images(paused, "waiting")).isEqualTo(IMAGES - images(paused, "reused")).isPositive();
    assertThat(text(cancelled, "state")).isEqualTo("cancelled");
    assertThat(images(cancelled, "waiting"))
        .isEqualTo(IMAGES - images(cancelled, "reused"))
        .isPositive();
    assertThat(conversions(id)).hasSize(images(cancelled, "reused"));
    assertThat(catchThrowableOfType(RefusedCallException.class, () -> change(id, "resume")))
        .satisfies(refused -> assertThat(refused.status()).isEqualTo(409));
  }
}
