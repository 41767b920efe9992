package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.embedded.FreePort;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.OutputFrame.OutputType;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * Every part in a container of its own, against a broker and an S3 server in containers. The image,
 * which has a JRE and this build, is made by {@code .ci/containers.sh}, where a Docker engine runs.
 */
@EnabledIfEnvironmentVariable(
    named = "OCI2WASM_TEST_IMAGE",
    matches = ".+",
    disabledReason = "no image with this build: .ci/containers.sh makes one, with a Docker engine")
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class ContainersIT {
  private static final String SECRET = "correct-horse";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private static Path directory;
  private static final List<GenericContainer<?>> CONTAINERS = new ArrayList<>();
  private static GenericContainer<?> broker;
  private static TestRegistry registry;
  private static PipelineClient client;

  @BeforeAll
  static void start() throws Exception {
    registry = TestRegistry.start();
    Files.writeString(directory.resolve("webhook-secret"), SECRET);
    int brokerPort = FreePort.find();
    broker =
        started(
            "ready\\n",
            Map.of(),
            "io.oci2wasm.testsupport.ExternalBroker",
            directory + "/kafka",
            Integer.toString(brokerPort));
    GenericContainer<?> store =
        started(
            "http://.*\\n", Map.of(), "io.oci2wasm.testsupport.ExternalStore", directory + "/s3");
    int gatewayPort = FreePort.find();
    Map<String, String> environment =
        Map.of(
            "OCI2WASM_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + brokerPort,
            "OCI2WASM_STORE_ENDPOINT", store.getLogs(OutputType.STDOUT).strip(),
            "OCI2WASM_STORE_ACCESS_KEY_ID_FILE", directory + "/s3-access-key-id",
            "OCI2WASM_STORE_SECRET_ACCESS_KEY_FILE", directory + "/s3-secret-access-key",
            "OCI2WASM_REGISTRIES_INSECURE", registry.host(),
            "OCI2WASM_GATEWAY_PORT", Integer.toString(gatewayPort),
            "OCI2WASM_GATEWAY_WEBHOOK_SECRET_FILE", directory + "/webhook-secret",
            "OCI2WASM_GATEWAY_DATABASE_DIRECTORY", directory + "/state");
    part(environment, "gateway");
    for (String stage : List.of("ingest", "resolve", "build")) {
      part(environment, "worker", stage);
    }
    client = new PipelineClient(URI.create("http://127.0.0.1:" + gatewayPort), SECRET);
  }

  private static void part(Map<String, String> environment, String... words) throws IOException {
    Map<String, String> own = new HashMap<>(environment);
    own.put("OCI2WASM_MONITOR_PORT", Integer.toString(FreePort.find()));
    List<String> command = new ArrayList<>(List.of("io.oci2wasm.cli.Oci2wasm"));
    command.addAll(List.of(words));
    GenericContainer<?> unused =
        started(".*oci2wasm .* at 127.0.0.1.*\\n", own, command.toArray(String[]::new));
  }

  private static GenericContainer<?> started(
      String said, Map<String, String> environment, String... command) {
    GenericContainer<?> container =
        new GenericContainer<>(System.getenv("OCI2WASM_TEST_IMAGE"))
            .withNetworkMode("host") // brokers and parts here listen on loopback
            .withFileSystemBind(directory.toString(), directory.toString(), BindMode.READ_WRITE)
            .withEnv(environment)
            .withCommand(command)
            .waitingFor(Wait.forLogMessage(said, 1).withStartupTimeout(PATIENCE));
    container.start();
    CONTAINERS.add(container);
    return container;
  }

  @AfterAll
  static void stop() {
    CONTAINERS.forEach(GenericContainer::stop);
    registry.close();
  }

  @Test
  void shouldBuildABundleThroughPartsInContainers() throws Exception {
    // Given
    SampleImage sample = new SampleImage(registry, "team/contained");

    // When
    List<JsonNode> conversions =
        client.push(registry, "team/contained", sample.image("riscv64", "contained"));

    // Then
    JsonNode built = conversions.get(0);
    assertThat(text(built, "state")).isEqualTo("built");
    String bundle = "/api/v1/bundles/" + text(built, "conversionId");
    byte[] module = client.bundle(text(built, "conversionId")).body();
    assertThat(client.get(bundle + "/provenance/module").body())
        .contains(Sha256Digest.of(module).hex());
  }

  @Test
  void shouldGoOnWhenTheBrokersContainerWasKilledAndReplaced() throws Exception {
    // Given
    SampleImage sample = new SampleImage(registry, "team/replaced");
    broker.stop();

    // When
    broker.start();
    List<JsonNode> conversions =
        client.push(registry, "team/replaced", sample.image("riscv64", "replaced"));

    // Then
    assertThat(text(conversions.get(0), "state")).isEqualTo("built");
  }
}
