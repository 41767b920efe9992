package io.oci2wasm.gateway.identity.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * An OpenID provider for tests, whose user has signed in already: discovery, keys, codes and
 * tokens. It keeps to the specifications where a client might not: a code is good once, for the
 * redirect URI and the PKCE challenge that asked for it.
 */
public final class TestProvider implements AutoCloseable {
  public static final String CLIENT = "oci2wasm";

  private final HttpServer server;
  private final RSAKey key;
  private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile UnaryOperator<JWTClaimsSet.Builder> user =
      claims ->
          claims
              .claim("email", "alice@team.example")
              .claim("email_verified", true)
              .claim("groups", List.of("everyone", "platform"));

  public TestProvider() throws IOException {
    try {
      key = new RSAKeyGenerator(2048).keyID("one").generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/.well-known/openid-configuration", this::describe);
    server.createContext(
        "/keys", exchange -> answer(exchange, 200, new JWKSet(key.toPublicJWK()).toString()));
    server.createContext("/authorize", this::authorize);
    server.createContext("/token", this::token);
    server.start();
  }

  /** The configuration of a gateway at {@code dashboard} that trusts this provider. */
  public OidcConfig config(URI dashboard) {
    return new OidcConfig(
        issuer(),
        CLIENT,
        null,
        dashboard,
        "machines",
        "Team login",
        List.of("profile", "email"),
        "email",
        "groups",
        Map.of("everyone", "viewer", "platform", "admin"));
  }

  public URI issuer() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** How often it was asked for its description. */
  public int asked() {
    return asked.get();
  }

  /** What tokens say of the user from now on. */
  public void user(UnaryOperator<JWTClaimsSet.Builder> user) {
    this.user = user;
  }

  /** A token for the client, with some claims changed. */
  public String token(UnaryOperator<JWTClaimsSet.Builder> change) {
    return signed(JOSEObjectType.JWT, change.apply(claims()).build());
  }

  /** A token of another type. */
  public String token(JOSEObjectType type) {
    return signed(type, claims().build());
  }

  private JWTClaimsSet.Builder claims() {
    Instant now = Instant.now();
    return user.apply(
        new JWTClaimsSet.Builder()
            .issuer(issuer().toString())
            .subject("4711")
            .audience(CLIENT)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plusSeconds(300))));
  }

  private String signed(JOSEObjectType type, JWTClaimsSet claims) {
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").type(type).build(), claims);
      token.sign(new RSASSASigner(key));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private void describe(HttpExchange exchange) throws IOException {
    asked.incrementAndGet();
    answer(
        exchange,
        200,
        Json.MAPPER.writeValueAsString(
            Map.of(
                "issuer", issuer().toString(),
                "authorization_endpoint", issuer() + "/authorize",
                "token_endpoint", issuer() + "/token",
                "jwks_uri", issuer() + "/keys",
                "response_types_supported", List.of("code"),
                "subject_types_supported", List.of("public"),
                "id_token_signing_alg_values_supported", List.of("RS256"))));
  }

  private void authorize(HttpExchange exchange) throws IOException {
    Map<String, String> question = parameters(exchange.getRequestURI().getRawQuery());
    String code = UUID.randomUUID().toString();
    codes.put(code, question);
    exchange
        .getResponseHeaders()
        .set(
            "Location",
            question.get("redirect_uri")
                + "?code="
                + code
                + "&state="
                + URLEncoder.encode(question.get("state"), StandardCharsets.UTF_8)
                + "&session_state=its-own");
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private void token(HttpExchange exchange) throws IOException {
    Map<String, String> request =
        parameters(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Map<String, String> question = codes.remove(request.getOrDefault("code", ""));
    if (question == null
        || !Objects.equals(question.get("redirect_uri"), request.get("redirect_uri"))
        || !CodeChallenge.compute(
                CodeChallengeMethod.S256, new CodeVerifier(request.get("code_verifier")))
            .getValue()
            .equals(question.get("code_challenge"))) {
      answer(exchange, 400, "{\"error\":\"invalid_grant\"}");
      return;
    }
    String id = token(claims -> claims.claim("nonce", question.get("nonce")));
    answer(
        exchange,
        200,
        Json.MAPPER.writeValueAsString(
            Map.of("access_token", "opaque", "token_type", "Bearer", "id_token", id)));
  }

  private static Map<String, String> parameters(String query) {
    Map<String, String> all = new HashMap<>();
    for (String pair : query.split("&", -1)) {
      String[] both = pair.split("=", 2);
      all.put(both[0], URLDecoder.decode(both[1], StandardCharsets.UTF_8));
    }
    return all;
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
