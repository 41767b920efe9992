package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.cli.Cli.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class GcCommandTest {
  private static final String REPORT =
      """
      {"objects": 12, "unwantedImages": 3, "spared": 0,
       "images": [{"image": {"registry": "r.example", "repository": "team/old", "digest": "sha256:1"},
                   "rule": "unused", "used": "2026-01-01T00:00:00Z"}],
       "removed": [{"kind": "bundle", "rule": "unused", "objects": 3, "bytes": 7340132}]}
      """;

  private static final String RUNNING = "{\"id\":\"one\",\"dryRun\":true,\"state\":\"running\"}";
  private static final String DONE =
      "{\"id\":\"one\",\"dryRun\":true,\"state\":\"done\",\"report\":" + REPORT + "}";

  private final List<String> bodies = new CopyOnWriteArrayList<>();

  /** What GET answers, in order; the last again and again. An empty one is a 404. */
  private final Deque<String> states = new ArrayDeque<>(List.of(RUNNING, DONE));

  private HttpServer gateway;

  @BeforeEach
  void start() throws IOException {
    gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.createContext(
        "/api/v1/gc",
        exchange -> {
          boolean begins = exchange.getRequestMethod().equals("POST");
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          if (begins) {
            bodies.add(body);
            answer(exchange, 202, RUNNING);
          } else {
            assertThat(exchange.getRequestURI().getPath()).isEqualTo("/api/v1/gc/one");
            String state = states.size() > 1 ? states.removeFirst() : states.getFirst();
            answer(
                exchange,
                state.isEmpty() ? 404 : 200,
                state.isEmpty() ? "{\"detail\":\"none\"}" : state);
          }
        });
    gateway.start();
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    try (exchange) {
      byte[] answer = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  @AfterEach
  void stop() {
    gateway.stop(0);
  }

  private Result gc(String... options) {
    Object[] words = new Object[options.length + 3];
    words[0] = "gc";
    words[1] = "--gateway";
    words[2] = "http://127.0.0.1:" + gateway.getAddress().getPort();
    System.arraycopy(options, 0, words, 3, options.length);
    return Cli.execute(words);
  }

  @Test
  void shouldOnlyTellUnlessToldToRemove() {
    Result silent = gc();
    states.addFirst(RUNNING);
    Result dry = gc("--dry-run");

    assertThat(bodies).containsExactly("{\"dryRun\":true}", "{\"dryRun\":true}");
    assertThat(dry).isEqualTo(silent);
    assertThat(silent.exitCode()).isZero();
    assertThat(silent.out().lines())
        .containsExactly(
            "unused r.example/team/old@sha256:1, used 2026-01-01T00:00:00Z",
            "and 2 more images",
            "bundle    unused             3 objects       7.3 MB",
            "would remove 3 of 12 objects, 7.3 MB; run again with --yes to remove them");
  }

  @Test
  void shouldRemoveWhenToldTo() {
    Result result = gc("--yes");

    assertThat(bodies).containsExactly("{\"dryRun\":false}");
    assertThat(result.out()).endsWith("removed 3 of 12 objects, 7.3 MB\n");
  }

  @Test
  void shouldNotAskAgainForARunThatNoGatewayKnows() {
    states.clear();
    states.addAll(List.of("", DONE));

    Result result = gc();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("/api/v1/gc/").contains("404");
    assertThat(result.out()).isEmpty();
    assertThat(states).hasSize(1);
  }

  @Test
  void shouldTellWhyARunFailed() {
    states.clear();
    states.add("{\"id\":\"one\",\"state\":\"failed\",\"message\":\"store: no answer\"}");

    Result result = gc("--yes");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("gc: store: no answer");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void shouldRefuseBothAtOnce() {
    Result result = gc("--yes", "--dry-run");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(bodies).isEmpty();
  }
}
