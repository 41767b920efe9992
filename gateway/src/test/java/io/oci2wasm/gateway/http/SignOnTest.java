package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.identity.oidc.TestProvider;
import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A browser's user signs in at an OpenID provider. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class SignOnTest {
  private final CookieManager cookies = new CookieManager();
  private final HttpClient browser = client(Redirect.NEVER);
  private TestProvider provider;
  private TestGateway gateway;

  @BeforeEach
  void start() throws IOException {
    provider = new TestProvider();
    // The provider must know the port before the gateway has it.
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    URI dashboard = URI.create("http://127.0.0.1:" + port + "/");
    gateway = new TestGateway(GatewayConfig.DEFAULT.onPort(port).with(provider.config(dashboard)));
  }

  @AfterEach
  void stop() {
    gateway.close();
    provider.close();
  }

  private HttpClient client(Redirect redirect) {
    return HttpClient.newBuilder().cookieHandler(cookies).followRedirects(redirect).build();
  }

  @Test
  void shouldSignInAndOut() throws Exception {
    assertThat(get("/api/v1/conversions").statusCode()).isEqualTo(401);

    HttpResponse<String> end = signOn();

    assertThat(end.statusCode()).isEqualTo(302);
    assertThat(end.headers().firstValue("Location")).contains(address("/").toString());
    JsonNode session = Json.MAPPER.readTree(get("/api/v1/session").body());
    assertThat(session.path("name").asText()).isEqualTo("alice@team.example");
    assertThat(session.path("role").asText()).isEqualTo("admin");
    assertThat(get("/api/v1/audit").statusCode()).isEqualTo(200);
    assertThat(gateway.send("DELETE", "/api/v1/session", "").headers().firstValue("Set-Cookie"))
        .hasValueSatisfying(
            cookie -> assertThat(cookie).contains("Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
  }

  @Test
  void shouldKeepTheTokenFromScriptsAndOtherSites() throws Exception {
    List<String> set = signOn().headers().allValues("Set-Cookie");

    assertThat(set)
        .anySatisfy(
            cookie ->
                assertThat(cookie)
                    .startsWith("oci2wasm-token=")
                    .contains("HttpOnly")
                    .contains("SameSite=Strict")
                    .contains("Path=/api/"))
        .anySatisfy(
            cookie ->
                assertThat(cookie)
                    .startsWith("oci2wasm-sign-on=;")
                    .contains("Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
  }

  @Test
  void shouldLetMachinesInByTheirTokens() throws Exception {
    String token =
        provider.token(claims -> claims.audience("machines").claim("groups", "everyone"));

    assertThat(get("/api/v1/conversions", token).statusCode()).isEqualTo(200);
    assertThat(get("/api/v1/audit", token).body())
        .contains("found alice@team.example with the role viewer");
    assertThat(get("/api/v1/conversions", token + "A").statusCode()).isEqualTo(401);
  }

  @Test
  void shouldRefuseTheAnswerToAnotherBrowser() throws Exception {
    URI back = atProvider(get("/api/v1/session/oidc"));
    cookies.getCookieStore().removeAll();

    HttpResponse<String> without = send(back);
    HttpResponse<String> ofOther = get("/api/v1/session/oidc");
    HttpResponse<String> withAnother = send(back);

    assertThat(without.statusCode()).isEqualTo(403);
    assertThat(without.body()).contains("found no cookie of an attempt to sign in");
    assertThat(ofOther.statusCode()).isEqualTo(302);
    assertThat(withAnother.statusCode()).isEqualTo(403);
    assertThat(withAnother.body()).contains("found the answer to another attempt to sign in");
    assertThat(get("/api/v1/session").statusCode()).isEqualTo(401);
  }

  @Test
  void shouldUseACodeOnce() throws Exception {
    URI back = atProvider(get("/api/v1/session/oidc"));
    List<HttpCookie> attempt = List.copyOf(cookies.getCookieStore().getCookies());
    assertThat(send(back).statusCode()).isEqualTo(302);
    cookies.getCookieStore().removeAll();
    attempt.forEach(cookie -> cookies.getCookieStore().add(back, cookie));

    HttpResponse<String> again = send(back);

    assertThat(again.statusCode()).isEqualTo(403);
    assertThat(again.body()).contains("the provider refused: invalid_grant");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[]", "{\"state\":\"s\",\"nonce\":\"n\",\"verifier\":\"v\"}"})
  void shouldRefuseACookieThatIsNoAttempt(String json) throws Exception {
    String cookie = Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));

    HttpResponse<String> end =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(address("/api/v1/session/oidc/callback?code=c&state=s"))
                    .header("Cookie", "oci2wasm-sign-on=" + cookie)
                    .build(),
                BodyHandlers.ofString());

    assertThat(end.statusCode()).isEqualTo(403);
    assertThat(end.body()).contains("found no cookie of an attempt to sign in");
  }

  @Test
  void shouldTellWhoHasNoRole() throws Exception {
    provider.user(
        claims -> claims.claim("email", "eve@team.example").claim("groups", List.of("nobody")));

    HttpResponse<String> end = signOn();

    assertThat(end.statusCode()).isEqualTo(403);
    assertThat(end.headers().firstValue("Content-Type")).contains("text/plain;charset=utf-8");
    assertThat(end.body())
        .contains("You are not signed in: found eve@team.example")
        .contains("gateway.oidc.roles");
    assertThat(get("/api/v1/session").statusCode()).isEqualTo(401);
  }

  @Test
  void shouldTellWhatTheProviderSays() throws Exception {
    URI back = atProvider(get("/api/v1/session/oidc"));
    String state = back.getRawQuery().replaceAll("(?:.*&)?state=([^&]*).*", "$1");

    HttpResponse<String> end =
        send(address("/api/v1/session/oidc/callback?error=access_denied&state=" + state));

    assertThat(end.statusCode()).isEqualTo(403);
    assertThat(end.body()).contains("the provider refused: access_denied");
  }

  @Test
  void shouldRefuseATokenThatNoCookieHolds() throws Exception {
    provider.user(
        claims ->
            claims
                .claim("email", "alice@team.example")
                .claim("groups", List.of("everyone", "g".repeat(4000))));

    HttpResponse<String> end = signOn();

    assertThat(end.statusCode()).isEqualTo(403);
    assertThat(end.body()).contains("browsers keep no larger cookies");
  }

  @Test
  void shouldTellHowToSignIn() throws Exception {
    assertThat(get("/api/v1/session/ways").body())
        .isEqualTo("{\"token\":false,\"signOn\":\"Team login\"}");
  }

  @Test
  void shouldSaySoWhereThereIsNoProvider() throws Exception {
    try (TestGateway without = new TestGateway(GatewayConfig.DEFAULT.onPort(0))) {
      assertThat(without.send("GET", "/api/v1/session/oidc", "").statusCode()).isEqualTo(404);
      assertThat(without.send("GET", "/api/v1/session/oidc", "").body())
          .contains("found no OpenID provider, expected one in gateway.oidc");
    }
  }

  /** The gateway's last answer to a browser that signs its user in. */
  private HttpResponse<String> signOn() throws Exception {
    return send(atProvider(get("/api/v1/session/oidc")));
  }

  /** Where the provider sends a browser back that comes from {@code beginning}. */
  private URI atProvider(HttpResponse<String> beginning) throws Exception {
    assertThat(beginning.statusCode()).isEqualTo(302);
    URI there = URI.create(beginning.headers().firstValue("Location").orElseThrow());
    assertThat(there.getQuery())
        .contains("code_challenge_method=S256")
        .contains("scope=openid+profile+email");
    return URI.create(send(there).headers().firstValue("Location").orElseThrow());
  }

  private URI address(String path) {
    return URI.create("http://127.0.0.1:" + gateway.port() + path);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(address(path));
  }

  private HttpResponse<String> send(URI where) throws Exception {
    return browser.send(HttpRequest.newBuilder(where).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path, String token) throws Exception {
    return browser.send(
        HttpRequest.newBuilder(address(path)).header("Authorization", "Bearer " + token).build(),
        BodyHandlers.ofString());
  }
}
