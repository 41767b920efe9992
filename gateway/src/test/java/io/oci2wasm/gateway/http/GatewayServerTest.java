package io.oci2wasm.gateway.http;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.SiteConfig;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.projection.StateProjection;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.gateway.subscriber.SubscriberConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.TopicBatch;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class GatewayServerTest {
  private static final int BODY_LIMIT = 4096;
  static final String PUSH =
      "{\"events\":[{\"id\":\"1\",\"action\":\"push\",\"target\":{\"mediaType\":"
          + "\"application/vnd.oci.image.manifest.v1+json\",\"repository\":\"a\",\"tag\":\"1\"},"
          + "\"request\":{\"host\":\"r.example\"}}]}";

  @TempDir private Path directory;
  private GatewayConfig config;
  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    config =
        ConfigFile.with(
                GatewayConfig.DEFAULT
                    .onPort(0)
                    .withWebhookSecret(secret("hook"))
                    .withApiToken(secret("token")),
                "bodyLimit",
                new ByteSize(BODY_LIMIT))
            .with(
                List.of(
                    new SubscriberConfig(
                        "ci",
                        URI.create("http://127.0.0.1:1/hook"),
                        secret("subscriber-secret-of-24-bytes"),
                        null,
                        null,
                        null,
                        null)));
    server = new TestGateway(config);
  }

  @Test
  void shouldLeaveNothingRunningWhenThePortOfSitesIsTaken() {
    SiteConfig taken = new SiteConfig(server.port(), null, null);
    Set<Thread> before = Thread.getAllStackTraces().keySet();

    assertThatThrownBy(() -> new TestGateway(ConfigFile.with(config, "site", taken)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("gateway.site: cannot listen on 127.0.0.1:" + server.port());

    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> !before.contains(thread) && thread.isAlive())
        .extracting(Thread::getName)
        .doesNotContain("bodies");
  }

  private Path secret(String content) throws IOException {
    return Files.writeString(directory.resolve(content), content);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void shouldAnswer202WhenThePushIsWritten() throws Exception {
    HttpResponse<String> response = post(PUSH, "Bearer hook");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.body())
        .isEqualTo("{\"accepted\":1,\"deleted\":0,\"ignored\":0,\"unreadable\":0}");
    assertThat(server.publisher().published()).hasSize(1);
    assertThat(server.monitoring().scrape())
        .contains(
            "oci2wasm_webhook_events_total{reason=\"none\",result=\"accepted\",sender=\"distribution\"} 1.0");
  }

  @Test
  void shouldTakeWebhooksAndTellHowFarItIsWhileThereIsNothingToShow() throws Exception {
    Partition partition = new Partition(Topics.BUNDLE_BUILT, 0);
    StateProjection projection =
        new StateProjection(
            server.state().database(),
            MemorySnapshots.none(),
            touched -> {},
            new SimpleMeterRegistry());
    projection.positions("cluster-1", Map.of(partition, new OffsetRange(0, 4)));
    projection.accept(new TopicBatch(List.of(), Map.of(partition, 0L), Map.of(partition, 1L)));

    HttpResponse<String> webhook = post(PUSH, "Bearer hook");
    HttpResponse<String> early = get("/api/v1/conversions", "Bearer token");

    assertThat(webhook.statusCode()).isEqualTo(202);
    assertThat(early.statusCode()).isEqualTo(503);
    assertThat(early.body()).contains("computed from Kafka's topics", "25 %");
    assertThat(early.headers().firstValue("Retry-After")).contains("5");
    assertThat(get("/api/v1/openapi.yaml", "Bearer token").statusCode()).isEqualTo(200);

    projection.accept(new TopicBatch(List.of(), Map.of(partition, 1L), Map.of(partition, 4L)));

    assertThat(get("/api/v1/conversions", "Bearer token").statusCode()).isEqualTo(200);
  }

  @Test
  void shouldAnswer503WhenKafkaIsAwaySoThatTheSenderTriesAgain() throws Exception {
    server.publisher().goAway();

    HttpResponse<String> response = post(PUSH, "Bearer hook");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("send it again");
  }

  @Test
  void shouldAnswer202ForAPushThatCannotBeUnderstood() throws Exception {
    HttpResponse<String> response = post(PUSH.replace("r.example", "r example"), "Bearer hook");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.body()).contains("\"accepted\":0", "\"unreadable\":1");
    assertThat(server.publisher().published()).singleElement().isInstanceOf(DeadLetter.class);
  }

  @Test
  void shouldHaveASubscriberToldAgainThatIsStillThere() throws Exception {
    DeadLetter known = SampleLetter.ofSubscriber("ci", new SampleRequest("one", 0), time(10));
    DeadLetter gone = SampleLetter.ofSubscriber("gone", new SampleRequest("two", 0), time(10));
    server.state().accept(known);
    server.state().accept(gone);

    HttpResponse<String> done = replay(known);
    HttpResponse<String> refused = replay(gone);

    assertThat(done.statusCode()).isEqualTo(200);
    assertThat(done.body()).contains("\"result\":\"replayed\"");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("found subscriber gone, expected one of", "[ci]");
    assertThat(server.publisher().forwarded())
        .containsExactly(new OutgoingRecord("oci2wasm.event.resent.v1", known.record()));
    assertThat(get("/api/v1/dead-letters?stage=notify&state=open", "Bearer token").body())
        .contains(gone.id())
        .doesNotContain(known.id());
  }

  private HttpResponse<String> replay(DeadLetter letter) throws Exception {
    return send(
        request("/api/v1/dead-letters/" + letter.id() + "/replay", "Bearer token")
            .POST(HttpRequest.BodyPublishers.noBody()));
  }

  /** Distribution would repeat it for ever, and keep everything behind it waiting. */
  @Test
  void shouldAnswer202ForWhatIsNoNotification() throws Exception {
    HttpResponse<String> response = post("hello", "Bearer hook");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.body()).contains("\"accepted\":0", "\"unreadable\":1");
    assertThat(server.publisher().published()).singleElement().isInstanceOf(DeadLetter.class);
  }

  @Test
  void shouldAnswer413ForABodyOverTheLimit() throws Exception {
    HttpResponse<String> atLimit =
        post(PUSH + " ".repeat(BODY_LIMIT - PUSH.length()), "Bearer hook");
    HttpResponse<String> above =
        post(PUSH + " ".repeat(BODY_LIMIT - PUSH.length() + 1), "Bearer hook");

    assertThat(atLimit.statusCode()).isEqualTo(202);
    assertThat(above.statusCode()).isEqualTo(413);
    assertThat(server.publisher().published()).hasSize(1);
  }

  @Test
  void shouldRefuseAWebhookWithTheApisToken() throws Exception {
    HttpResponse<String> response = post(PUSH, "Bearer token");

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertThat(server.publisher().published()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/conversions",
        "/api/v1/conversions/x",
        "/api/v1/requests/x",
        "/api/v1/bundles/x",
        "/api/v1/bundles/x/split",
        "/api/v1/bundles/x/data"
      })
  void shouldRefuseTheApiWithoutItsToken(String path) throws Exception {
    assertThat(get(path, null).statusCode()).isEqualTo(401);
    assertThat(get(path, "Bearer hook").statusCode()).isEqualTo(401);
    assertThat(get(path, "Bearer token").statusCode()).isIn(200, 404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state=done",
        "digest=sha256:12",
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=ten",
        "page=x"
      })
  void shouldAnswer400ForABadFilter(String query) throws Exception {
    HttpResponse<String> response = get("/api/v1/conversions?" + query, "Bearer token");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("expected");
  }

  @Test
  void shouldLeaveHealthAndMetricsOpen() throws Exception {
    server
        .monitoring()
        .watch(
            "topics",
            () -> {
              throw new IllegalStateException("still reading");
            });

    assertThat(get("/health/live", null).statusCode()).isEqualTo(200);
    assertThat(get("/health/ready", null).statusCode()).isEqualTo(503);
    assertThat(get("/health/ready", null).body()).contains("\"topics\":\"still reading\"");
    assertThat(get("/metrics", null).statusCode()).isEqualTo(200);
  }

  @Test
  void shouldRefuseParametersThatItDoesNotKnow() throws Exception {
    HttpResponse<String> misspelt =
        get("/api/v1/conversions?platform=linux/riscv64", "Bearer token");
    HttpResponse<String> none = get("/api/v1/queues?limit=1", "Bearer token");

    assertThat(misspelt.statusCode()).isEqualTo(400);
    assertThat(misspelt.body())
        .contains(
            "found the query parameter platform, expected some of batch, digest, limit, page,"
                + " repository, request, stage, state");
    assertThat(none.statusCode()).isEqualTo(400);
    assertThat(none.body()).contains("limit, expected none");
    assertThat(get("/api/v1/conversions?limit=1&state=built", "Bearer token").statusCode())
        .isEqualTo(200);
    assertThat(get("/api/v1/dead-letters?limit=1&stage=build", "Bearer token").statusCode())
        .isEqualTo(200);
    assertThat(get("/api/v1/batches?limit=1", "Bearer token").statusCode()).isEqualTo(200);
    assertThat(
            send(request("/api/v1/dead-letters/none/replay?force=true", "Bearer token")
                    .POST(HttpRequest.BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(404);
  }

  @Test
  void shouldSayThatItsPortIsTaken() {
    GatewayConfig same = config.onPort(server.port());

    assertThatThrownBy(() -> new TestGateway(same))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1:" + server.port())
        .hasMessageContaining("choose another port");
  }

  private HttpResponse<String> post(String body, @Nullable String authorization) throws Exception {
    return send(
        request("/webhooks/distribution", authorization)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> get(String path, @Nullable String authorization) throws Exception {
    return send(request(path, authorization));
  }

  private HttpRequest.Builder request(String path, @Nullable String authorization) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    return authorization == null ? request : request.header("Authorization", authorization);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
