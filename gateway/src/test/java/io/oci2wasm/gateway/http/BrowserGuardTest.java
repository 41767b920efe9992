package io.oci2wasm.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page of another site can make a browser send to a gateway on loopback without secrets. */
@SuppressWarnings("NullAway.Init") // the set-up sets the field
class BrowserGuardTest {
  private static final String NONE =
      "0000000000000000000000000000000000000000000000000000000000000000";

  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    server = new TestGateway(GatewayConfig.DEFAULT.onPort(0).withHosts("gateway.example"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** What a form, or fetch without preflight, can send. */
  @ParameterizedTest
  @CsvSource({
    "/api/v1/gc, {\"dryRun\":true}",
    "/api/v1/batches, {\"kind\":\"reconvert\"}",
    "/api/v1/dead-letters/replay, {\"all\":true}",
    "/api/v1/dead-letters/none/replay, ''",
    "/api/v1/batches/none/cancel, ''",
    "/webhooks/distribution, {\"events\":[]}",
    "/webhooks/dockerhub/secret, {}",
  })
  void shouldRefuseWhatAnotherSitesPagePosts(String path, String body) throws Exception {
    String type = "Content-Type: text/plain\r\n";

    assertThat(post(path, "Origin: https://evil.example\r\n" + type, body)).startsWith("403 ");
    assertThat(post(path, "Origin: null\r\n" + type, body)).startsWith("403 ");
    assertThat(post(path, "Sec-Fetch-Site: cross-site\r\n" + type, body)).startsWith("403 ");
    assertThat(post(path, "Sec-Fetch-Site: same-site\r\n" + type, body)).startsWith("403 ");
    assertThat(post(path, "Origin: http://localhost:3000\r\n" + type, body)).startsWith("403 ");
    assertThat(server.publisher().published()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/gc", "/api/v1/batches", "/api/v1/dead-letters/replay"})
  void shouldTakeJsonOnly(String path) throws Exception {
    String json = "{\"dryRun\":true}";

    assertThat(post(path, "Content-Type: text/plain\r\n", json))
        .startsWith("415 ")
        .contains("found Content-Type: text/plain, expected Content-Type: application/json");
    assertThat(post(path, "Content-Type: application/x-www-form-urlencoded\r\n", json))
        .startsWith("415 ");
    assertThat(post(path, "", json)).startsWith("415 ").contains("a body without Content-Type");
    assertThat(post(path, "Content-Type: Application/JSON; charset=utf-8\r\n", json))
        .doesNotStartWith("415 ");
  }

  @Test
  void shouldTakeCallsWithoutBodyAsCommandsMakeThem() throws Exception {
    assertThat(post("/api/v1/batches/none/pause", "", "")).startsWith("404 ");
    assertThat(post("/api/v1/batches/none/pause", "Content-Type: text/plain\r\n", ""))
        .startsWith("415 ");
  }

  @Test
  void shouldTakeWhatItsOwnPagesPost() throws Exception {
    String json = "Content-Type: application/json\r\n";
    String own = "Origin: http://127.0.0.1:" + server.port() + "\r\n";
    String dryRun = "{\"dryRun\":true}";

    assertThat(post("/api/v1/gc", own + json, dryRun)).doesNotStartWith("403 ");
    assertThat(post("/api/v1/gc", own + "Sec-Fetch-Site: same-origin\r\n" + json, dryRun))
        .doesNotStartWith("403 ");
    assertThat(post("/api/v1/gc", "Origin: https://gateway.example\r\n" + json, dryRun))
        .doesNotStartWith("403 ");
  }

  /** Registries are no browsers; each has a type of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.docker.distribution.events.v1+json",
        "application/vnd.docker.distribution.events.v2+json",
        "application/json",
        "application/json; charset=utf-8",
        "application/cloudevents+json",
        "application/x-www-form-urlencoded",
        "text/plain",
      })
  void shouldTakeWebhooksOfAnyType(String type) throws Exception {
    assertThat(post("/webhooks/distribution", "Content-Type: " + type + "\r\n", "{\"events\":[]}"))
        .startsWith("202 ");
    assertThat(post("/webhooks/distribution", "", "{\"events\":[]}")).startsWith("202 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1"})
  void shouldRefuseANameThatWasLedHere(String host) throws Exception {
    for (String path :
        new String[] {"/api/v1/conversions", "/", "/metrics", "/api/v1/bundles/" + NONE}) {
      assertThat(exchange("GET", path, host, "", ""))
          .startsWith("421 ")
          .contains("found " + host, "gateway.hosts");
    }
    assertThat(exchange("POST", "/webhooks/distribution", host, "", "{}")).startsWith("421 ");
    assertThat(server.publisher().published()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:1",
        "localhost.",
        "up.localhost",
        "127.0.0.1:8080",
        "127.1.2.3",
        "[::1]:8080",
        "gateway.example",
        "Gateway.Example:443",
        "host.docker.internal:8080"
      })
  void shouldKnowItsNames(String host) throws Exception {
    assertThat(exchange("GET", "/api/v1/conversions", host, "", "")).startsWith("200 ");
  }

  @Test
  void shouldAnswerProbesThatNameNoHost() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write("GET /health/live HTTP/1.0\r\n\r\n".getBytes(UTF_8));

      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8)).contains(" 200 ");
    }
  }

  private String post(String path, String headers, String body) throws IOException {
    return exchange("POST", path, "127.0.0.1:" + server.port(), headers, body);
  }

  /** The answer from its status on. */
  private String exchange(
      String method, String path, String host, String headers, @Nullable String body)
      throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      String length =
          body == null || (body.isEmpty() && method.equals("GET"))
              ? ""
              : "Content-Length: " + body.length() + "\r\n";
      socket
          .getOutputStream()
          .write(
              (method
                      + " "
                      + path
                      + " HTTP/1.1\r\nHost: "
                      + host
                      + "\r\nConnection: close\r\n"
                      + headers
                      + length
                      + "\r\n"
                      + body)
                  .getBytes(UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 ");
      return answer.substring("HTTP/1.1 ".length());
    }
  }
}
