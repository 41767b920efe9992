package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.runtime.config.SecretFile;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A pipeline with known secrets works, fails and refuses at DEBUG level, and none of them is in
 * anything that comes out: logs, metrics, answers, objects.
 */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class SecretsIT {
  private static final String HOOK = "hook-Aeg6shai";
  private static final String TOKEN = "token-Voh4ieph";
  private static final String PASSWORD = "password-Xu9iequu";
  private static final String BOUGHT = "bought-Eil2ahz7";
  private static final String SIGNING = "signing-Ohng4aiv-Ohng4aiv-Ohng4aiv";
  private static final String PATH = "path-Quoo3ahm";
  private static final String BASIC =
      Base64.getEncoder().encodeToString(("bot:" + PASSWORD).getBytes(UTF_8));

  /** All at DEBUG but the broker, which is told none of them and would say too much. */
  private static final Map<String, Level> LEVELS =
      Map.of(
          Logger.ROOT_LOGGER_NAME,
          Level.DEBUG,
          "io.oci2wasm",
          Level.DEBUG,
          "kafka",
          Level.INFO,
          "org.apache.kafka",
          Level.INFO);

  @TempDir private Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<String> answers = new ArrayList<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Appender<ILoggingEvent> console = root.getAppender("stderr");
  private final SecretWatch watch = new SecretWatch();
  private TestRegistry registry;
  private Pipeline pipeline;

  @BeforeEach
  void start() throws Exception {
    watch.lookFor(HOOK, TOKEN, PASSWORD, BOUGHT, BASIC, SIGNING, PATH);
    watch.setContext(root.getLoggerContext());
    watch.start();
    root.detachAppender(console);
    root.addAppender(watch);
    LEVELS.forEach((logger, level) -> root.getLoggerContext().getLogger(logger).setLevel(level));
    registry = TestRegistry.start();
    registry.guard(BASIC, BOUGHT);
    pipeline = Pipeline.start(config(), directory.resolve("data"));
    watch.lookFor(SecretFile.read(Objects.requireNonNull(pipeline.store().secretAccessKeyFile())));
  }

  private PipelineConfig config() throws IOException {
    Path dockerConfig =
        Files.writeString(
            directory.resolve("config.json"),
            Json.MAPPER.writeValueAsString(
                Map.of("auths", Map.of(registry.host(), Map.of("auth", BASIC)))));
    // Nobody listens there, and bundles are refused: both go wrong as often as they may.
    Path subscribers =
        Files.writeString(
            directory.resolve("config.yaml"),
            "gateway: {subscribers: [{name: one, url: 'http://127.0.0.1:9/"
                + PATH
                + "', secretFile: "
                + file("signing", SIGNING)
                + ", retryFor: 5s}]}\ndelivery: {images: ['**']}\n");
    registry.refusePushes(403);
    return PipelineConfig.read(
        subscribers,
        Map.of(
            "OCI2WASM_GATEWAY_WEBHOOK_SECRET_FILE", file("hook", HOOK),
            "OCI2WASM_GATEWAY_API_TOKEN_FILE", file("token", TOKEN),
            "OCI2WASM_GATEWAY_PORT", "0",
            "OCI2WASM_REGISTRIES_INSECURE", registry.host(),
            "OCI2WASM_REGISTRIES_DOCKER_CONFIG", dockerConfig.toString()));
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content + "\n").toString();
  }

  @AfterEach
  void stop() {
    pipeline.close();
    registry.close();
    root.detachAppender(watch);
    LEVELS.keySet().forEach(name -> root.getLoggerContext().getLogger(name).setLevel(Level.WARN));
    root.addAppender(console);
  }

  @Test
  void shouldShowNoSecretAnywhere() throws Exception {
    // When an image is converted, one is missing, and strangers are refused
    SampleImage sample = new SampleImage(registry, "team/app");
    Descriptor image = sample.image("riscv64", "secrets");
    assertThat(push("team/app", image)).isEqualTo("built");
    assertThat(push("team/missing", image)).isEqualTo("failed");
    registry.guard("changed", "changed");
    assertThat(push("team/refused", image)).isEqualTo("failed");
    assertThat(post("{}", "Bearer wrong-" + TOKEN)).isEqualTo(401);
    assertThat(post("no JSON", "Bearer " + HOOK)).isEqualTo(202);
    for (String path : List.of("/api/v1/conversions", "/api/v1/dead-letters", "/api/v1/none")) {
      get(path, "Bearer wrong");
      get(path, "Bearer " + TOKEN);
    }
    get("/metrics", null);
    get("/health/ready", null);
    try (ObjectStore store = ObjectStore.open(pipeline.store())) {
      for (ObjectInfo object : store.list("")) {
        answers.add(object.key());
        answers.add(new String(store.bytes(object.key(), 1 << 30).orElseThrow(), UTF_8));
      }
    }

    // Then
    assertThat(watch.seen()).as("log lines looked at").isGreaterThan(100);
    assertThat(watch.leaks()).isEmpty();
    assertThat(answers).hasSizeGreaterThan(20).noneMatch(watch::hasSecret);
  }

  private String push(String repository, Descriptor image) throws Exception {
    String body = PipelineClient.notification(registry.host(), repository, image);
    assertThat(post(body, "Bearer " + HOOK)).isEqualTo(202);
    return await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              JsonNode items =
                  Json.MAPPER
                      .readTree(
                          get("/api/v1/conversions?repository=" + repository, "Bearer " + TOKEN))
                      .path("items");
              return text(items.path(0), "state");
            },
            List.of("built", "failed", "skipped")::contains);
  }

  private int post(String body, String authorization) throws Exception {
    HttpRequest.Builder request =
        request("/webhooks/distribution", authorization)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return remembered(request).statusCode();
  }

  private String get(String path, @Nullable String authorization) throws Exception {
    return remembered(request(path, authorization)).body();
  }

  private HttpRequest.Builder request(String path, @Nullable String authorization) {
    URI address = pipeline.address().resolve(path);
    HttpRequest.Builder request = HttpRequest.newBuilder(address);
    return authorization == null ? request : request.header("Authorization", authorization);
  }

  private HttpResponse<String> remembered(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    answers.add(response.headers().map() + response.body());
    return response;
  }
}
