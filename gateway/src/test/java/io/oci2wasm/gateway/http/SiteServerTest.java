package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.SiteConfig;
import io.oci2wasm.runtime.config.ConfigFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class SiteServerTest {
  private static final BrowserGuard ANYONE = new BrowserGuard(false, List.of());

  @TempDir private static Path directory;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    gateway = TestGateway.withToken(directory);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/.oci2wasm/, text/html",
    "/.oci2wasm/connector.mjs, text/javascript",
    "/.oci2wasm/worker.mjs, text/javascript",
    "/.oci2wasm/http.mjs, text/javascript",
    "/.oci2wasm/wire.mjs, text/javascript"
  })
  void shouldServeThePageBesideTheFrameToOurOwnPageOnly(String path, String type) throws Exception {
    HttpResponse<String> response = get(gateway.sitePort(), path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).startsWith(type);
    assertThat(header(response, "Content-Security-Policy"))
        .isEqualTo(
            "default-src 'none'; script-src 'self'; worker-src 'self'; base-uri 'none'; form-action"
                + " 'none'; frame-ancestors http://127.0.0.1:"
                + gateway.port());
    assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(response, "Cross-Origin-Embedder-Policy")).isEqualTo("require-corp");
    assertThat(response.headers().map()).doesNotContainKey("set-cookie");
  }

  @Test
  void shouldTellBothPagesOfEachOther() throws Exception {
    HttpResponse<String> run = get(gateway.port(), "/run/");
    HttpResponse<String> origin = get(gateway.port(), "/run/site.json");
    HttpResponse<String> page = get(gateway.sitePort(), "/.oci2wasm/");

    assertThat(header(run, "Content-Security-Policy"))
        .endsWith("; frame-src 127.0.0.1:" + gateway.sitePort());
    assertThat(origin.body())
        .isEqualTo("{\"origin\":\"http://127.0.0.1:" + gateway.sitePort() + "\"}");
    assertThat(page.body())
        .contains("<meta name=\"gateway\" content=\"http://127.0.0.1:" + gateway.port() + "\">");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/v1/queues",
        "/api/v1/openapi.yaml",
        "/metrics",
        "/health/live",
        "/health/ready",
        "/dashboard/",
        "/dashboard/api.js",
        "/run/",
        "/run/net/wire.mjs",
        "/.oci2wasm/index.html",
        "/.oci2wasm/../run/run.js",
        "/.oci2wasm/%2e%2e/run/run.js",
        "/.oci2wasm/..%2frun%2frun.js"
      })
  void shouldServeNothingElse(String path) throws Exception {
    String answer = raw("GET " + path + " HTTP/1.1", "127.0.0.1");

    assertThat(answer)
        .matches("(?s)HTTP/1.1 (400|404) .*")
        .doesNotContainIgnoringCase("set-cookie");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/webhooks/distribution", "/api/v1/batches", "/.oci2wasm/"})
  void shouldTakeNothing(String path) throws Exception {
    assertThat(raw("POST " + path + " HTTP/1.1", "127.0.0.1")).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void shouldAnswerToNamesOfThisMachineOnly() throws Exception {
    assertThat(raw("GET /.oci2wasm/ HTTP/1.1", "foreign.example")).startsWith("HTTP/1.1 421 ");
    assertThat(raw("GET /.oci2wasm/ HTTP/1.1", "localhost:1"))
        .startsWith("HTTP/1.1 200 ")
        .contains("frame-ancestors http://localhost:" + gateway.port() + "\r\n");
  }

  /** A policy cannot have an IPv6 address. */
  @Test
  void shouldHaveNoFrameWhereItsOriginCannotBeNamed() throws Exception {
    assertThat(raw("GET /.oci2wasm/ HTTP/1.1", "[::1]:1")).contains("frame-ancestors 'none'\r\n");
  }

  @Test
  void shouldNotBeBeyondLoopbackUnlessItIsAskedFor() throws Exception {
    GatewayConfig config = ConfigFile.with(GatewayConfig.DEFAULT, "host", "0.0.0.0");

    assertThat(SiteServer.start(config, ANYONE, () -> 1)).isNull();
  }

  @Test
  void shouldNameConfiguredOrigins() throws Exception {
    SiteConfig site =
        new SiteConfig(
            0, URI.create("https://Sites.example/"), URI.create("https://g.example:443"));
    GatewayConfig config = ConfigFile.with(GatewayConfig.DEFAULT, "site", site);

    try (SiteServer server = Objects.requireNonNull(SiteServer.start(config, ANYONE, () -> 1))) {
      HttpResponse<String> page = get(server.port(), "/.oci2wasm/");

      assertThat(header(page, "Content-Security-Policy"))
          .endsWith("frame-ancestors https://g.example");
      assertThat(page.body()).contains("content=\"https://g.example\"");
      assertThat(site.urlOrigin()).isEqualTo("https://sites.example");
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  /** As it is: Java's client would tidy the path. */
  private static String raw(String line, String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.sitePort())) {
      String request =
          line
              + "\r\nHost: "
              + host
              + "\r\nAuthorization: Bearer token\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
