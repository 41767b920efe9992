package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.CallersFile;
import io.oci2wasm.gateway.identity.Role;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers with each role may do, and how a browser stays signed in. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class AccessTest {
  private static final String SIGN_IN = "{\"token\":\"of-viewer\"}";

  @TempDir private Path directory;
  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    List<String> lines =
        Stream.of(Role.values())
            .map(role -> CallersFile.line(new Caller("a-" + role, role), "of-" + role))
            .toList();
    Path callers = Files.write(directory.resolve("callers"), lines);
    server = new TestGateway(GatewayConfig.DEFAULT.onPort(0).withCallers(callers));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET  | /api/v1/conversions              |                    | VIEWER   | 200",
        "POST | /api/v1/conversions              | {}                 | OPERATOR | 400",
        "POST | /api/v1/batches                  | {}                 | OPERATOR | 400",
        "POST | /api/v1/batches/none/cancel      |                    | OPERATOR | 404",
        "POST | /api/v1/dead-letters/replay      | {}                 | OPERATOR | 400",
        "POST | /api/v1/dead-letters/none/replay |                    | OPERATOR | 404",
        "POST | /api/v1/dead-letters/dismiss     | {}                 | OPERATOR | 400",
        "POST | /api/v1/dead-letters/dismiss     | {\"all\":true}     | OPERATOR | 200",
        "POST | /api/v1/dead-letters/none/dismiss | | OPERATOR | 404",
        "POST | /api/v1/dead-letters/none/reopen | | OPERATOR | 404",
        "GET  | /api/v1/dead-letters/groups      |                    | VIEWER   | 200",
        "POST | /api/v1/gc                       | {}                  | OPERATOR | 400",
        "POST | /api/v1/gc                       | {\"dryRun\":false} | ADMIN    | 202",
      })
  void shouldLetThoseDoThingsWhoseRoleIncludesThem(
      String method, String path, @Nullable String body, Role needed, int answer) throws Exception {
    for (Role role : Role.values()) {
      HttpResponse<String> response = call(method, path, body, "Bearer of-" + role);
      if (role.includes(needed)) {
        assertThat(response.statusCode()).as(role.toString()).isEqualTo(answer);
      } else {
        assertThat(response.statusCode()).as(role.toString()).isEqualTo(403);
        assertThat(response.body())
            .contains("found a-" + role + " with the role " + role)
            .contains("expected a caller with the role ");
      }
    }
  }

  /** Whoever adds a route that changes something has to say who may call it. */
  @Test
  void shouldLetNoViewerChangeAnything() throws Exception {
    Set<String> changing =
        server.routes().stream()
            .filter(route -> route.startsWith("post /api/"))
            .filter(route -> !route.equals("post /api/v1/session"))
            .collect(Collectors.toSet());

    assertThat(changing).isNotEmpty();
    for (String route : changing) {
      String path = route.substring("post ".length()).replaceAll("\\{[^}]*}", "none");
      String body = path.endsWith("/gc") ? "{\"dryRun\":true}" : "{}";
      assertThat(call("POST", path, body, "Bearer of-viewer").statusCode())
          .as(route)
          .isEqualTo(403);
      assertThat(call("POST", path, body, null).statusCode()).as(route).isEqualTo(401);
    }
    assertThat(server.publisher().published()).isEmpty();
  }

  @Test
  void shouldTellWhoCalls() throws Exception {
    HttpResponse<String> response = call("GET", "/api/v1/session", null, "Bearer of-operator");

    assertThat(response.body()).isEqualTo("{\"name\":\"a-operator\",\"role\":\"operator\"}");
    assertThat(call("GET", "/api/v1/session", null, null).statusCode()).isEqualTo(401);
  }

  @Test
  void shouldKeepABrowserSignedInByACookieThatScriptsCannotRead() throws Exception {
    HttpResponse<String> signedIn = call("POST", "/api/v1/session", SIGN_IN, null);

    String cookie = signedIn.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(signedIn.body()).contains("a-viewer");
    assertThat(cookie).contains("HttpOnly", "SameSite=Strict", "Path=/api/");
    assertThat(cookie).doesNotContain("of-viewer").doesNotContain("Max-Age");
    assertThat(withCookie(cookie, "same-origin")).isEqualTo(200);
    assertThat(withCookie(cookie, "none")).isEqualTo(200);
  }

  /** Cookies do not tell ports apart: a container's site on another port would send it. */
  @ParameterizedTest
  @ValueSource(strings = {"same-site", "cross-site"})
  void shouldNotTakeTheCookieFromAnotherOriginsPage(String site) throws Exception {
    HttpResponse<String> signedIn = call("POST", "/api/v1/session", SIGN_IN, null);

    assertThat(withCookie(signedIn.headers().firstValue("Set-Cookie").orElseThrow(), site))
        .isEqualTo(401);
  }

  /** On plain HTTP beyond loopback browsers tell no site; they do tell a page's origin. */
  @Test
  void shouldNotTakeTheCookieFromAnotherPortsPageWhereNoSiteIsTold() throws Exception {
    String cookie =
        call("POST", "/api/v1/session", SIGN_IN, null)
            .headers()
            .firstValue("Set-Cookie")
            .orElseThrow();

    assertThat(withCookie(cookie, "Origin", "http://127.0.0.1:9090")).isEqualTo(401);
    assertThat(withCookie(cookie, "Origin", "http://127.0.0.1:" + server.port())).isEqualTo(200);
    assertThat(withCookie(cookie, "Authorization", "Basic b2Y6cHJveHk=")).isEqualTo(200);
    assertThat(withCookie(cookie, "Authorization", "Bearer wrong")).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci2wasm-token=!", "oci2wasm-token=", "oci2wasm-token=AAAA", "other=1"})
  void shouldNotTakeAnotherCookie(String cookie) throws Exception {
    assertThat(withCookie(cookie, "same-origin")).isEqualTo(401);
  }

  @Test
  void shouldSignOut() throws Exception {
    HttpResponse<String> response = call("DELETE", "/api/v1/session", null, null);

    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(response.headers().firstValue("Set-Cookie").orElseThrow())
        .startsWith("oci2wasm-token=;")
        .contains("Expires=Thu, 01 Jan 1970");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"token\":\"wrong\"} | 401 | does not know",
        "{\"token\":\" \"}     | 400 | found no token",
        "{}                    | 400 | found no token",
        "{\"password\":\"x\"}  | 400 | password",
      })
  void shouldRefuseASignInWithoutAKnownToken(String body, int status, String message)
      throws Exception {
    HttpResponse<String> response = call("POST", "/api/v1/session", body, null);

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).contains(message);
    assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
  }

  @Test
  void shouldNoteWhoChangedWhat() throws Exception {
    String padded = "{" + " ".repeat(2000) + "\"dryRun\": false}\0";
    call("POST", "/api/v1/gc", padded, "Bearer of-operator");
    call("POST", "/api/v1/dead-letters/none/replay?force=true", null, "Bearer of-operator");
    call("POST", "/api/v1/session", SIGN_IN, null);
    call("POST", "/api/v1/gc", "{\"dryRun\":true}", null);
    call("GET", "/api/v1/conversions", null, "Bearer of-operator");
    HttpResponse<String> first = call("GET", "/api/v1/audit?limit=2", null, "Bearer of-admin");

    JsonNode page = Json.MAPPER.readTree(first.body());
    String next = "/api/v1/audit?page=" + page.path("next").asText();
    JsonNode rest =
        Json.MAPPER.readTree(call("GET", next, null, "Bearer of-admin").body()).path("items");

    assertThat(page.path("items").findValuesAsText("call"))
        .containsExactly(
            "POST /api/v1/session", "POST /api/v1/dead-letters/none/replay?force=true");
    assertThat(first.body()).doesNotContain("of-viewer");
    assertThat(rest).hasSize(1);
    assertThat(rest.get(0).path("caller").asText()).isEqualTo("a-operator");
    assertThat(rest.get(0).path("role").asText()).isEqualTo("operator");
    assertThat(rest.get(0).path("address").asText()).isEqualTo("127.0.0.1");
    assertThat(rest.get(0).path("body").asText()).isEqualTo("{\"dryRun\":false}");
    assertThat(rest.get(0).path("status").asInt()).isEqualTo(403);
  }

  @Test
  void shouldShowTheAuditLogToAdminsOnly() throws Exception {
    assertThat(call("GET", "/api/v1/audit", null, "Bearer of-operator").statusCode())
        .isEqualTo(403);
  }

  private int withCookie(String cookie, String site) throws Exception {
    return withCookie(cookie, "Sec-Fetch-Site", site);
  }

  private int withCookie(String cookie, String header, String value) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri("/api/v1/session"))
            .header("Cookie", cookie.replaceFirst(";.*", ""))
            .header(header, value)
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
  }

  private HttpResponse<String> call(
      String method, String path, @Nullable String body, @Nullable String authorization)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }
}
