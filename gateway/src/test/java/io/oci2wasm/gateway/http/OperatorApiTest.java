package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.subscriber.SubscriberConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators look at and do beside conversions and batches. */
@SuppressWarnings("NullAway.Init") // the set-up sets the field
class OperatorApiTest {
  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    server = new TestGateway(GatewayConfig.DEFAULT.onPort(0));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private JsonNode get(String path) throws Exception {
    HttpResponse<String> response = server.send("GET", "/api/v1" + path, "");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.MAPPER.readTree(response.body());
  }

  private JsonNode post(String path, String body) throws Exception {
    HttpResponse<String> response = server.send("POST", "/api/v1" + path, body.replace('\'', '"'));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.MAPPER.readTree(response.body());
  }

  @Test
  void shouldShowARepositorysTagsAndRequests() throws Exception {
    new SampleRequest("app", 0).everything().forEach(server::accept);
    String app = "?registry=r.example&repository=team/app";

    JsonNode tag = get("/tags" + app).path("items").path(0);
    JsonNode request = get("/requests" + app + "&tag=1").path("items").path(0);

    assertThat(tag.path("tag").asText()).isEqualTo("1");
    assertThat(tag.path("request")).isEqualTo(request);
    assertThat(request.path("fetchedBytes").asLong()).isEqualTo(1);
    assertThat(request.path("conversions").findValuesAsText("state"))
        .containsExactlyInAnyOrder("built", "skipped");
  }

  @ParameterizedTest
  @CsvSource({"/tags", "/tags?registry=r.example", "/requests?repository=a", "/tags?registry="})
  void shouldWantToKnowWhichRepository(String path) throws Exception {
    HttpResponse<String> response = server.send("GET", "/api/v1" + path, "");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("expected registry and repository");
  }

  @Test
  void shouldDismissAndOpenAgain() throws Exception {
    var letter = SampleLetter.ofPush(new SampleRequest("one", 0), Instant.now());
    server.state().accept(letter);
    server.state().accept(SampleLetter.ofPlatform(new SampleRequest("two", 0), Instant.now()));
    String selection = "{'reason':'not-found','repository':'team/*'";

    JsonNode would = post("/dead-letters/dismiss", selection + ",'dryRun':true}");
    JsonNode done = post("/dead-letters/dismiss", selection + "}");
    JsonNode dismissed = get("/dead-letters?state=dismissed").path("items");

    assertThat(would).isEqualTo(Json.MAPPER.readTree("{\"dryRun\":true,\"letters\":1}"));
    assertThat(done).isEqualTo(Json.MAPPER.readTree("{\"dryRun\":false,\"letters\":1}"));
    assertThat(dismissed.findValuesAsText("id")).containsExactly(letter.id());
    assertThat(dismissed.findValuesAsText("dismissedBy")).containsExactly("anyone");
    assertThat(get("/dead-letters/groups?state=open").path("items").findValuesAsText("reason"))
        .containsExactly("internal");

    JsonNode open = post("/dead-letters/" + letter.id() + "/reopen", "");

    assertThat(open.path("state").asText()).isEqualTo("open");
    assertThat(post("/dead-letters/" + letter.id() + "/dismiss", "").path("state").asText())
        .isEqualTo("dismissed");
    assertThat(get("/audit").path("items").findValuesAsText("call"))
        .contains("POST /api/v1/dead-letters/dismiss");
  }

  @Test
  void shouldNotDismissWhatWasReplayed() throws Exception {
    var letter = SampleLetter.ofPush(new SampleRequest("one", 0), Instant.now());
    server.state().accept(letter);
    post("/dead-letters/" + letter.id() + "/replay", "");

    HttpResponse<String> response =
        server.send("POST", "/api/v1/dead-letters/" + letter.id() + "/dismiss", "");

    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(response.body()).contains("found it replayed, expected it open");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                              | expected one of them",
        "{'before':'2026-11-24T10:00:00Z'} | expected one of them",
        "{'all':true,'before':'now'}     | before: found \"now\", expected a time",
        "{'all':true,'force':true}       | found force, expected none",
        "{'reason':'bad-luck'}           | reason: found \"bad-luck\"",
        "{'tag':'x'}                     | Unrecognized field \"tag\"",
      })
  void shouldRefuseToDismissWhatIsNotSaid(String body, String problem) throws Exception {
    HttpResponse<String> response =
        server.send("POST", "/api/v1/dead-letters/dismiss", body.replace('\'', '"'));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Json.MAPPER.readTree(response.body()).path("detail").asText())
        .startsWith("dead letters: ")
        .contains(problem);
  }

  @Test
  void shouldCountLettersOfOneRequestAndRegistry() throws Exception {
    SampleRequest one = new SampleRequest("one", 0);
    server.state().accept(SampleLetter.ofPush(one, Instant.now()));
    server.state().accept(SampleLetter.ofPush(new SampleRequest("two", 0), Instant.now()));

    assertThat(get("/dead-letters?request=" + one.id()).path("items")).hasSize(1);
    assertThat(get("/dead-letters?registry=s.example").path("items")).isEmpty();
    assertThat(get("/dead-letters/groups?by=repository").path("items")).hasSize(2);
    assertThat(get("/dead-letters/groups").path("items").path(0).path("letters").asInt())
        .isEqualTo(2);
  }

  @Test
  void shouldShowRegistriesWithWhoToldOfThemAndTheirLastScan() throws Exception {
    server.accept(new SampleRequest("app", 0).pushed());
    server.accept(new SampleRequest("web", 5).pushed());
    SampleBatch scan = new SampleBatch(Kind.SCAN);
    server.accept(scan, scan.requested());

    JsonNode items = get("/registries").path("items");

    assertThat(items.findValuesAsText("registry").get(0)).isEqualTo("r.example");
    assertThat(items.path(0).path("senders").path(0).path("sender").asText()).isEqualTo("test");
    assertThat(Instant.parse(items.path(0).path("senders").path(0).path("lastAt").asText()))
        .isEqualTo(SampleRequest.time(5));
    assertThat(items.path(0).path("lastScan").path("id").asText()).isEqualTo(scan.id());
  }

  private void tellRegistries(String worker, WorkerSeen.Registry... registries) {
    Instant now = Instant.now();
    server
        .workers()
        .accept(
            new WorkerSeen(
                worker,
                Stage.INGEST,
                "1.2",
                "host:7",
                2,
                now,
                now,
                false,
                List.of(),
                List.of(),
                List.of(registries)),
            now);
  }

  @Test
  void shouldShowHowWorkersMayAskRegistries() throws Exception {
    server.accept(new SampleRequest("app", 0).pushed());
    JsonNode untold = get("/registries").path("items").path(0);
    Instant until = Instant.now().plusSeconds(600);
    tellRegistries(
        "w1",
        new WorkerSeen.Registry("a.example", 8, 0, 0, 16384, 0, 0, null),
        new WorkerSeen.Registry("z.example", 2, 5, 1000, 0, 2, 1, until));

    JsonNode items = get("/registries").path("items");

    assertThat(untold.has("allowed")).isFalse();
    assertThat(untold.has("use")).isFalse();
    assertThat(items.findValuesAsText("registry"))
        .containsExactly("a.example", "r.example", "z.example");
    assertThat(items.path(0).path("senders")).isEmpty();
    assertThat(items.path(1).path("allowed").asBoolean(true)).isFalse();
    assertThat(items.path(1).has("use")).isFalse();
    assertThat(items.path(2).path("allowed").asBoolean()).isTrue();
    assertThat(items.path(2).path("use"))
        .isEqualTo(
            Json.MAPPER.readTree(
                "{\"limits\":[{\"workers\":1,\"concurrentRequests\":2,\"requestsPerSecond\":5,"
                    + "\"bytesPerSecond\":1000,\"leastBytesPerSecond\":0}],\"requests\":2,"
                    + "\"waiting\":1,\"waitUntil\":\""
                    + until
                    + "\"}"));
    assertThat(get("/registries?limit=2").path("items").findValuesAsText("registry"))
        .containsExactly("a.example", "r.example");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "r.example/secret/a/b:1 | 0    | []",
        "r.example/team/app:1   | 1    | [\"linux/riscv64\"]",
        "r.example/other:1      | null | [\"linux/riscv64\",\"linux/amd64\",\"linux/386\"]",
      })
  void shouldSayWhichRuleAnImageMeets(String image, String rule, String platforms)
      throws Exception {
    JsonNode match = get("/rules?image=" + image).path("match");

    assertThat(match.path("rule").asText("null")).isEqualTo(rule);
    assertThat(match.path("platforms"))
        .containsExactlyInAnyOrderElementsOf(Json.MAPPER.readTree(platforms));
  }

  @Test
  void shouldShowTheRulesAndRefuseWhatIsNoImage() throws Exception {
    JsonNode rules = get("/rules");

    assertThat(rules.path("rules").path(0).path("convert").asBoolean(true)).isFalse();
    assertThat(rules.path("rules").path(1).path("repository").asText()).isEqualTo("team/*");
    assertThat(rules.has("match")).isFalse();
    assertThat(server.send("GET", "/api/v1/rules?image=nothing", "").statusCode()).isEqualTo(400);
  }

  /** The path of the URL may be a secret. */
  @Test
  void shouldShowSubscribersWithoutTheirPath() throws Exception {
    server.close();
    SubscriberConfig subscriber =
        new SubscriberConfig(
            "ci",
            URI.create("https://ci.example:8443/hooks/s3cret"),
            Path.of("unread"),
            List.of(SubscriberConfig.Kind.BUILT),
            null,
            null,
            null);
    server = new TestGateway(GatewayConfig.DEFAULT.onPort(0).with(List.of(subscriber)));

    assertThat(get("/subscribers").path("items"))
        .containsExactly(
            Json.MAPPER.readTree(
                "{\"name\":\"ci\",\"address\":\"https://ci.example:8443\",\"events\":[\"built\"],"
                    + "\"timeoutMs\":10000,\"retryForMs\":3600000,\"delivered\":0,\"retried\":0,"
                    + "\"givenUp\":0}"));
  }

  @Test
  void shouldShowWorkersAndWhatTheyWorkOn() throws Exception {
    assertThat(get("/workers").path("items")).isEmpty();
    Instant now = Instant.now();
    SampleRequest request = new SampleRequest("app", 0);
    server
        .workers()
        .accept(
            new WorkerSeen(
                "w1",
                Stage.BUILD,
                "1.2",
                "host:7",
                2,
                SampleRequest.time(0),
                now,
                false,
                List.of(
                    new WorkerSeen.Task(
                        Lane.PUSH,
                        request.id(),
                        new ImageReference("r.example", "team/app", "1", null),
                        SampleRequest.digest("app"),
                        1,
                        SampleRequest.time(5))),
                List.of(
                    new WorkerSeen.Engine(
                        SampleRequest.RISCV, "3", SampleRequest.digest("engine"))),
                null),
            now);

    JsonNode worker = get("/workers").path("items").path(0);

    assertThat(worker.path("stage").asText()).isEqualTo("build");
    assertThat(worker.path("state").asText()).isEqualTo("working");
    assertThat(worker.path("slots").asInt()).isEqualTo(2);
    assertThat(worker.path("engines"))
        .isEqualTo(
            Json.MAPPER.readTree(
                "[{\"platform\":\"linux/riscv64\",\"version\":\"3\",\"digest\":\"%s\"}]"
                    .formatted(SampleRequest.digest("engine"))));
    assertThat(worker.path("tasks").path(0).path("conversion").asText())
        .isEqualTo(request.platformId());
    assertThat(worker.path("tasks").path(0).path("since").asText())
        .isEqualTo(SampleRequest.time(5).toString());
    assertThat(server.send("GET", "/api/v1/workers?limit=0", "").statusCode()).isEqualTo(400);
  }

  @Test
  void shouldShowRetentionsRulesAndRuns() throws Exception {
    HttpResponse<String> begun = server.send("POST", "/api/v1/gc", "{\"dryRun\":true}");
    String id = Json.MAPPER.readTree(begun.body()).path("id").asText();

    JsonNode retention = get("/gc");

    assertThat(retention.path("items").findValuesAsText("id")).containsExactly(id);
    assertThat(retention.has("nextAt")).isFalse();
    assertThat(retention.path("rules").path("graceMs").asLong()).isEqualTo(86_400_000);
  }
}
