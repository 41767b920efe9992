package io.oci2wasm.cli.embedded;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.subscriber.SubscriberConfig;
import io.oci2wasm.gateway.subscriber.SubscriberConfig.Kind;
import io.oci2wasm.gateway.subscriber.Subscribers;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.work.ShareWorker;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What subscribers are told on a real broker, whatever happens to gateways and to each other. */
class SubscribersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path directory;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static WorkerKafka kafka;

  /** Ends every push as skipped. */
  @SuppressWarnings("NullAway.Init") // set before all tests
  private static ShareWorker worker;

  private final WireMockServer server = server();

  @BeforeAll
  static void start() throws Exception {
    kafka = WorkerKafka.start(directory);
    worker = kafka.work(WorkerKafka::done);
    Files.writeString(directory.resolve("secret"), "0123456789abcdef0123456789abcdef");
  }

  @AfterAll
  static void stop() {
    worker.close();
    kafka.close();
  }

  @AfterEach
  void stopServer() {
    server.stop();
  }

  @Test
  void shouldTellAgainAfterACrashWhatWasNotTakenBefore() throws Exception {
    answer(server, 503);
    ImagePushed event;
    try (Subscribers first = start(config("again", server))) {
      event = kafka.push(Lane.PUSH, "again");
      await().atMost(PATIENCE).until(() -> !told(server).isEmpty());
      assertThat(first).isNotNull();
    }
    int before = told(server).size();
    answer(server, 204);

    try (Subscribers second = start(config("again", server))) {
      await().atMost(PATIENCE).until(() -> told(server).size() > before);
      assertThat(second).isNotNull();
    }
    ImagePushed next;
    try (Subscribers third = start(config("again", server))) {
      next = kafka.push(Lane.PUSH, "again-next");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(next)));
      assertThat(third).isNotNull();
    }

    assertThat(told(server)).startsWith(id(event)).endsWith(id(event), id(next));
    assertThat(told(server)).hasSize(before + 2);
  }

  @Test
  void shouldKeepNoSubscriberWaitingForAnother() throws Exception {
    WireMockServer silent = server();
    silent.stubFor(any(anyUrl()).willReturn(status(204).withFixedDelay(60_000)));
    answer(server, 204);

    try (Subscribers both = start(config("silent", silent), config("quick", server))) {
      ImagePushed first = kafka.push(Lane.PUSH, "quick-1");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(first)));
      ImagePushed second = kafka.push(Lane.PUSH, "quick-2");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(second)));

      assertThat(told(server)).containsExactly(id(first), id(second));
      assertThat(both).isNotNull();
    } finally {
      silent.stop();
    }
  }

  @Test
  void shouldTellOnceThoughSeveralGatewaysRun() throws Exception {
    answer(server, 204);

    try (Subscribers one = start(config("shared", server));
        Subscribers other = start(config("shared", server))) {
      List<ImagePushed> pushed =
          List.of(
              kafka.push(Lane.PUSH, "shared-1"),
              kafka.push(Lane.BULK, "shared-2"),
              kafka.push(Lane.PUSH, "shared-3"));
      await().atMost(PATIENCE).until(() -> told(server).size() >= pushed.size());

      assertThat(told(server))
          .containsExactlyInAnyOrderElementsOf(pushed.stream().map(SubscribersIT::id).toList());
      assertThat(List.of(one, other)).hasSize(2);
    }
  }

  @Test
  void shouldTellOnlyTheKindsThatAreWanted() throws Exception {
    WireMockServer unwanted = server();
    answer(unwanted, 204);
    answer(server, 204);

    try (Subscribers both =
        start(config("failures", unwanted, Kind.FAILED), config("skips", server, Kind.SKIPPED))) {
      ImagePushed event = kafka.push(Lane.PUSH, "kinds");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(event)));

      assertThat(told(unwanted)).isEmpty();
      assertThat(both).isNotNull();
    } finally {
      unwanted.stop();
    }
  }

  private static WireMockServer server() {
    WireMockServer server =
        new WireMockServer(WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());
    server.start();
    return server;
  }

  private static void answer(WireMockServer server, int status) {
    server.stubFor(any(anyUrl()).willReturn(status(status)));
  }

  private static SubscriberConfig config(String name, WireMockServer server, Kind... kinds) {
    return new SubscriberConfig(
        name,
        URI.create("http://127.0.0.1:" + server.port() + "/hook"),
        directory.resolve("secret"),
        List.of(kinds),
        null,
        Duration.ofSeconds(20),
        null);
  }

  private static Subscribers start(SubscriberConfig... configs) {
    return Subscribers.start(List.of(configs), kafka.config(), new Monitoring(), Clock.systemUTC());
  }

  private static String id(ImagePushed request) {
    return request.requestId() + "/conversion-skipped/-";
  }

  /** Ids of what was posted, in order. */
  private static List<String> told(WireMockServer server) {
    List<String> ids =
        new ArrayList<>(
            server.getAllServeEvents().stream()
                .map(event -> event.getRequest().getHeader("webhook-id"))
                .toList());
    Collections.reverse(ids);
    return ids;
  }
}
