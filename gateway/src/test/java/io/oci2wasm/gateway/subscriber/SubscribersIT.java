package io.oci2wasm.gateway.subscriber;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.gateway.TestKafka;
import io.oci2wasm.gateway.subscriber.SubscriberConfig.Kind;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.testsupport.SampleEvents;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What subscribers are told on a real broker, whatever happens to gateways and to each other. */
class SubscribersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path directory;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static TestKafka kafka;

  private final WireMockServer server = server();

  @BeforeAll
  static void start() throws Exception {
    kafka = new TestKafka(directory);
    Files.writeString(directory.resolve("secret"), SECRET);
  }

  @AfterAll
  static void stop() {
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
      event = skip(Lane.PUSH, "again");
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
      next = skip(Lane.PUSH, "again-next");
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
      ImagePushed first = skip(Lane.PUSH, "quick-1");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(first)));
      ImagePushed second = skip(Lane.PUSH, "quick-2");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(second)));

      assertThat(told(server)).containsExactly(id(first), id(second));
      assertThat(both).isNotNull();
    } finally {
      silent.stop();
    }
  }

  /** More of them than are sent at once. */
  @Test
  void shouldGoOnBehindAnEventThatIsNotTaken() throws Exception {
    answer(server, 204);
    try (Subscribers one = start(config("going-on", server))) {
      answer(server, 500);
      ImagePushed refused = skip(Lane.PUSH, "bad");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(refused)));
      answer(server, 204);
      server.stubFor(
          any(anyUrl()).withHeader("webhook-id", equalTo(id(refused))).willReturn(status(500)));
      List<String> others = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        others.add(id(skip(Lane.PUSH, "good-" + i)));
      }
      await().atMost(PATIENCE).until(() -> told(server).containsAll(others));
      await().atMost(PATIENCE).until(() -> Collections.frequency(told(server), id(refused)) >= 3);
      server.resetMappings();
      answer(server, 204);
      int before = Collections.frequency(told(server), id(refused));
      await()
          .atMost(PATIENCE)
          .until(() -> Collections.frequency(told(server), id(refused)) > before);

      assertThat(told(server)).filteredOn(others::contains).doesNotHaveDuplicates();
      assertThat(bodiesOf(server, id(refused))).hasSize(1);
      assertThat(kafka.contents().letters(refused.requestId())).isEmpty();
      assertThat(one).isNotNull();
    }
  }

  private static Set<String> bodiesOf(WireMockServer server, String id) {
    return server.getAllServeEvents().stream()
        .map(event -> event.getRequest())
        .filter(request -> id.equals(request.getHeader("webhook-id")))
        .map(LoggedRequest::getBodyAsString)
        .collect(Collectors.toSet());
  }

  @Test
  void shouldTellOnceThoughSeveralGatewaysRun() throws Exception {
    answer(server, 204);

    try (Subscribers one = start(config("shared", server));
        Subscribers other = start(config("shared", server))) {
      List<ImagePushed> pushed =
          List.of(
              skip(Lane.PUSH, "shared-1"),
              skip(Lane.BULK, "shared-2"),
              skip(Lane.PUSH, "shared-3"));
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
      ImagePushed event = skip(Lane.PUSH, "kinds");
      await().atMost(PATIENCE).until(() -> told(server).contains(id(event)));

      assertThat(told(unwanted)).isEmpty();
      assertThat(both).isNotNull();
    } finally {
      unwanted.stop();
    }
  }

  @Test
  void shouldTellAgainByReplayWhoRefusedAndNobodyElse() throws Exception {
    WireMockServer taking = server();
    answer(taking, 204);
    answer(server, 410);
    SubscriberConfig refused = config("refusing", server);

    try (Subscribers both = start(refused, config("taking", taking))) {
      ImagePushed event = skip(Lane.PUSH, "refused");
      DeadLetter letter = kafka.contents().awaitLetter(event.requestId());
      answer(server, 204);
      new SubscriberReplay(List.of(refused), kafka.producer()).replay(letter);
      await().atMost(PATIENCE).until(() -> told(server).size() == 2);
      ImagePushed next = skip(Lane.PUSH, "refused-next");
      await().atMost(PATIENCE).until(() -> told(taking).contains(id(next)));
      await().atMost(PATIENCE).until(() -> told(server).contains(id(next)));

      assertThat(told(server)).containsExactly(id(event), id(event), id(next));
      assertThat(told(taking)).containsExactly(id(event), id(next));
      assertThat(letter.work().stage()).isEqualTo(Stage.NOTIFY);
      assertThat(letter.failure().reason()).isEqualTo(Reason.SUBSCRIBER_REFUSED);
      assertThat(letter.work().image()).isEqualTo(event.image());
      assertThat(letter.failure().message()).startsWith("subscriber refusing: found HTTP 410");
      assertThat(letter.origin())
          .extracting(origin -> origin == null ? "" : origin.topic())
          .isEqualTo(Topics.CONVERSION_SKIPPED);
      assertThat(bodies(server)).hasSize(3).startsWith(bodies(taking).get(0));
      assertThat(kafka.contents().letters(event.requestId())).hasSize(1);
      assertThat(Json.MAPPER.writeValueAsString(letter))
          .doesNotContain("/hook", RecordCopy.encode(SECRET.getBytes(StandardCharsets.UTF_8)))
          .doesNotContain(SECRET);
      assertThat(both).isNotNull();
    } finally {
      taking.stop();
    }
  }

  @Test
  void shouldWriteAnotherLetterWhenAReplayFailsAgain() throws Exception {
    answer(server, 422);
    SubscriberConfig refusing = config("always", server);

    try (Subscribers one = start(refusing)) {
      ImagePushed event = skip(Lane.PUSH, "always-refused");
      DeadLetter first = kafka.contents().awaitLetter(event.requestId());
      new SubscriberReplay(List.of(refusing), kafka.producer()).replay(first);
      List<DeadLetter> letters =
          await()
              .atMost(PATIENCE)
              .until(() -> kafka.contents().letters(event.requestId()), found -> found.size() == 2);

      assertThat(letters).extracting(DeadLetter::id).doesNotHaveDuplicates();
      assertThat(letters).extracting(DeadLetter::record).containsOnly(first.record());
      assertThat(one).isNotNull();
    }
  }

  /** A push that ended as skipped. */
  private static ImagePushed skip(Lane lane, String name) throws IOException {
    ImagePushed event = SampleEvents.pushed(lane, name);
    kafka
        .producer()
        .publish(List.of(Endings.ofRequest(event, Stage.INGEST, Reason.NOT_AN_IMAGE, "skipped")));
    return event;
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
    return Subscribers.start(
        List.of(configs),
        kafka.config(),
        kafka.producer(),
        new Monitoring(),
        new Deliveries(),
        Clock.systemUTC());
  }

  private static String id(ImagePushed request) {
    return request.requestId() + "/conversion-skipped/-";
  }

  /** Ids of what was posted, in order. */
  private static List<String> told(WireMockServer server) {
    return posted(server, request -> request.getHeader("webhook-id"));
  }

  private static List<String> bodies(WireMockServer server) {
    return posted(server, LoggedRequest::getBodyAsString);
  }

  private static List<String> posted(WireMockServer server, Function<LoggedRequest, String> what) {
    List<String> all =
        new ArrayList<>(
            server.getAllServeEvents().stream()
                .map(event -> what.apply(event.getRequest()))
                .toList());
    Collections.reverse(all);
    return all;
  }
}
