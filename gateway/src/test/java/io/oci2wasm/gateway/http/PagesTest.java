package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class PagesTest {
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

  @Test
  void shouldLeadToTheDashboard() throws Exception {
    HttpResponse<String> response = get("/");

    assertThat(response.statusCode()).isEqualTo(302);
    assertThat(header(response, "Location")).endsWith("/dashboard/");
  }

  @ParameterizedTest
  @CsvSource({
    "/dashboard/, text/html",
    "/dashboard/main.js, text/javascript",
    "/dashboard/views/now.js, text/javascript",
    "/dashboard/theme.css, text/css",
    "/dashboard/icon.svg, image/svg+xml",
    "/run/, text/html",
    "/run/wasi/worker.mjs, text/javascript",
    "/run/vendor/xterm/xterm.mjs, text/javascript"
  })
  void shouldServePagesWithoutTokenAndWithTheirTypes(String path, String type) throws Exception {
    HttpResponse<String> response = get(path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).startsWith(type);
    assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(response, "Content-Security-Policy"))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("'unsafe-eval'", "script-src 'self' 'unsafe-inline'", "*", "http");
    assertThat(header(response, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
  }

  @Test
  void shouldIsolateThePageThatRunsBundlesAndLetNoOtherCompile() throws Exception {
    HttpResponse<String> run = get("/run/");
    HttpResponse<String> dashboard = get("/dashboard/");

    assertThat(header(run, "Cross-Origin-Embedder-Policy")).isEqualTo("require-corp");
    assertThat(header(run, "Content-Security-Policy")).contains("'wasm-unsafe-eval'");
    assertThat(header(dashboard, "Content-Security-Policy"))
        .doesNotContain("wasm-unsafe-eval", "unsafe-inline");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dashboard/", "/run/"})
  void shouldHaveNoInlineScriptsOrStyles(String page) throws Exception {
    assertThat(get(page).body())
        .doesNotContainPattern("<script(?![^>]* src=)")
        .doesNotContainPattern("<style")
        .doesNotContainPattern(" (on[a-z]+|style)=");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/queues", "/api/v1/events/stream", "/api/v1/dead-letters"})
  void shouldKeepTheDataBehindTheToken(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dashboard/../view/schema/own/1.sql",
        "/dashboard/..%2fview/schema/own/1.sql",
        "/dashboard/%2e%2e/view/schema/own/1.sql",
        "/dashboard/..%5cview%5cschema%5cown%5c1.sql",
        "/dashboard/..;/view/schema/own/1.sql",
        "/dashboard/%252e%252e/view/schema/own/1.sql",
        "/dashboard//../../view/schema/own/1.sql",
        "/run/../../view/schema/own/1.sql",
        "/run/vendor/..%2f..%2f..%2fview%2fschema%2fown%2f1.sql"
      })
  void shouldServeNothingBesideThePages(String path) throws Exception {
    String answer = raw("GET " + path + " HTTP/1.1");

    assertThat(answer).matches("(?s)HTTP/1.1 (400|404) .*").doesNotContain("CREATE TABLE");
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  /** As it is: Java's client would tidy the path. */
  private static String raw(String line) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          (line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
