package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every call of the API, and that its answers are what the OpenAPI document says. */
@SuppressWarnings("NullAway.Init") // JUnit sets the field
class OpenApiIT {
  private static final String SECRET = "none-is-configured";
  private static final String NONE = "0".repeat(64);

  private static final List<String> NEED_A_PROVIDER =
      List.of("get /api/v1/session/oidc", "get /api/v1/session/oidc/callback");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Set<String> succeeded = new TreeSet<>();
  private final List<String> mistakes = new ArrayList<>();

  @TempDir private Path directory;

  @Test
  void shouldAnswerAsItsOpenApiDocumentSays() throws Exception {
    try (TestRegistry registry = TestRegistry.start();
        Pipeline pipeline =
            Pipeline.start(
                PipelineConfig.DEFAULT
                    .with(GatewayConfig.DEFAULT.onPort(0))
                    .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host()))),
                directory)) {
      PipelineClient client = new PipelineClient(pipeline.address(), SECRET);
      OpenApi api = OpenApi.parse(client.get("/api/v1/openapi.yaml").body());
      SampleImage sample = new SampleImage(registry, "team/api");
      Descriptor index = sample.index(sample.image("riscv64", "api"), sample.image("s390x", "api"));
      JsonNode built =
          client.push(registry, "team/api", index).stream()
              .filter(one -> text(one, "state").equals("built"))
              .findFirst()
              .orElseThrow();
      Descriptor absent = new SampleImage(registry, "team/there").image("riscv64", "there");
      client.push(registry, "team/not-there", absent);
      JsonNode letters =
          await()
              .atMost(Duration.ofMinutes(2))
              .until(
                  () -> Json.MAPPER.readTree(client.get("/api/v1/dead-letters").body()),
                  found -> found.path("items").size() == 1);
      String letter = text(letters.path("items").get(0), "id");

      Caller caller = new Caller(pipeline, api);
      caller.get("/api/v1/openapi.yaml");
      caller.get("/api/v1/conversions?limit=1", "/api/v1/conversions");
      caller.get("/api/v1/conversions?state=no-such-state", "/api/v1/conversions");
      caller.post(
          "/api/v1/conversions",
          "{\"image\": \"" + registry.host() + "/team/api@" + index.digest() + "\"}");
      caller.post("/api/v1/conversions", "{}");
      caller.get("/api/v1/conversions/" + text(built, "id"), "/api/v1/conversions/{id}");
      caller.get("/api/v1/conversions/none", "/api/v1/conversions/{id}");
      caller.get("/api/v1/requests/" + text(built, "requestId"), "/api/v1/requests/{id}");
      caller.get("/api/v1/requests/none", "/api/v1/requests/{id}");
      String repository = "?registry=" + registry.host() + "&repository=team/api";
      caller.get("/api/v1/requests" + repository, "/api/v1/requests");
      caller.get("/api/v1/requests", "/api/v1/requests");
      caller.get("/api/v1/tags" + repository, "/api/v1/tags");
      caller.get("/api/v1/tags", "/api/v1/tags");
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> client.get("/api/v1/workers").body().contains("\"build\""));
      caller.get("/api/v1/workers");
      caller.get("/api/v1/workers?limit=none", "/api/v1/workers");
      caller.get("/api/v1/registries");
      caller.get("/api/v1/rules");
      caller.get("/api/v1/subscribers");
      String bundle = "/api/v1/bundles/" + text(built, "conversionId");
      caller.get(bundle, "/api/v1/bundles/{conversionId}");
      caller.get("/api/v1/bundles/" + NONE, "/api/v1/bundles/{conversionId}");
      caller.get(bundle + "/split", "/api/v1/bundles/{conversionId}/split");
      caller.get("/api/v1/bundles/" + NONE + "/split", "/api/v1/bundles/{conversionId}/split");
      caller.get(bundle + "/data", "/api/v1/bundles/{conversionId}/data");
      caller.get("/api/v1/bundles/" + NONE + "/data", "/api/v1/bundles/{conversionId}/data");
      caller.get(bundle + "/provenance", "/api/v1/bundles/{conversionId}/provenance");
      caller.get(bundle + "/provenance/module", "/api/v1/bundles/{conversionId}/provenance/module");
      caller.get("/api/v1/dead-letters");
      caller.get("/api/v1/dead-letters/" + letter, "/api/v1/dead-letters/{id}");
      caller.get("/api/v1/dead-letters/none", "/api/v1/dead-letters/{id}");
      caller.get("/api/v1/dead-letters/groups");
      caller.get("/api/v1/dead-letters/groups?by=none", "/api/v1/dead-letters/groups");
      for (String change : List.of("dismiss", "dismiss", "reopen")) {
        caller.post(
            "/api/v1/dead-letters/" + letter + "/" + change,
            "/api/v1/dead-letters/{id}/" + change,
            "");
        caller.post(
            "/api/v1/dead-letters/none/" + change, "/api/v1/dead-letters/{id}/" + change, "");
      }
      caller.post("/api/v1/dead-letters/dismiss", "{}");
      caller.post("/api/v1/dead-letters/dismiss", "{\"all\": true, \"dryRun\": true}");
      caller.post("/api/v1/dead-letters/replay", "{}");
      caller.post("/api/v1/dead-letters/replay", "{\"all\": true, \"dryRun\": true}");
      caller.post(
          "/api/v1/dead-letters/" + letter + "/replay", "/api/v1/dead-letters/{id}/replay", "");
      caller.post("/api/v1/dead-letters/none/replay", "/api/v1/dead-letters/{id}/replay", "");
      batches(caller, registry.host());
      String run = caller.post("/api/v1/gc", "{\"dryRun\": true}");
      caller.get("/api/v1/gc/" + text(Json.MAPPER.readTree(run), "id"), "/api/v1/gc/{id}");
      caller.get("/api/v1/gc/none", "/api/v1/gc/{id}");
      caller.get("/api/v1/gc");
      caller.post("/api/v1/gc", "{}");
      caller.get("/api/v1/session");
      caller.get("/api/v1/session/ways");
      for (String each : NEED_A_PROVIDER) {
        caller.get(each.substring("get ".length()));
      }
      caller.post("/api/v1/session", "{\"token\": \"any\"}");
      caller.post("/api/v1/session", "{}");
      caller.delete("/api/v1/session");
      caller.get("/api/v1/audit?limit=2", "/api/v1/audit");
      caller.get("/api/v1/audit?limit=none", "/api/v1/audit");
      caller.post("/webhooks/distribution", "/webhooks/{sender}", "{\"events\": []}");
      caller.post("/webhooks/nobody", "/webhooks/{sender}", "{}");
      caller.post("/webhooks/quay/any", "/webhooks/{sender}/{secret}", "{}");
      caller.stream("/api/v1/events/stream");
      caller.get("/api/v1/queues");
      caller.get("/");
      caller.get("/run/site.json");
      caller.get("/metrics");
      caller.get("/health/live");
      caller.get("/health/ready");

      assertThat(mistakes).isEmpty();
      succeeded.addAll(NEED_A_PROVIDER); // gateway's SignOnTest has one
      assertThat(succeeded).isEqualTo(api.calls());
    }
  }

  private static void batches(Caller caller, String registry) throws Exception {
    String asked = "{\"kind\": \"reconvert\", \"registry\": \"" + registry + "\", \"rate\": 0.01";
    caller.post("/api/v1/batches", "{}");
    caller.post("/api/v1/batches", asked + ", \"dryRun\": true}");
    String begun = caller.post("/api/v1/batches", asked + "}");
    String batch = "/api/v1/batches/" + text(Json.MAPPER.readTree(begun), "id");
    caller.get("/api/v1/batches");
    caller.get(batch, "/api/v1/batches/{id}");
    caller.get("/api/v1/batches/none", "/api/v1/batches/{id}");
    for (String change : List.of("pause", "resume", "cancel", "cancel")) {
      caller.post(batch + "/" + change, "/api/v1/batches/{id}/" + change, "");
    }
  }

  private final class Caller {
    private final Pipeline pipeline;
    private final OpenApi api;

    Caller(Pipeline pipeline, OpenApi api) {
      this.pipeline = pipeline;
      this.api = api;
    }

    void get(String path) throws Exception {
      get(path, path);
    }

    void get(String path, String template) throws Exception {
      String unused = call("get", path, template, null);
    }

    String post(String path, String body) throws Exception {
      return post(path, path, body);
    }

    String post(String path, String template, String body) throws Exception {
      return call("post", path, template, body);
    }

    void delete(String path) throws Exception {
      String unused = call("delete", path, path, null);
    }

    /** Only what comes before the first event: it does not end. */
    void stream(String path) throws Exception {
      HttpRequest request =
          HttpRequest.newBuilder(pipeline.address().resolve(path))
              .header("Accept", "text/event-stream")
              .build();
      HttpResponse<InputStream> answer =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      answer.body().close();
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type"))
          .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
      succeeded.add("get " + path);
    }

    private String call(String method, String path, String template, @Nullable String body)
        throws Exception {
      HttpRequest.Builder request = HttpRequest.newBuilder(pipeline.address().resolve(path));
      if (body != null) {
        request.header("Content-Type", "application/json");
      }
      request.method(
          method.toUpperCase(Locale.ROOT),
          body == null
              ? HttpRequest.BodyPublishers.noBody()
              : HttpRequest.BodyPublishers.ofString(body));
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      mistakes.addAll(api.mistakes(method + " " + template, answer));
      if (answer.statusCode() < 400) {
        succeeded.add(method + " " + template);
      }
      return answer.body();
    }
  }
}
