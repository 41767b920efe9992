package io.oci2wasm.gateway.webhook.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.oidc.IssuerKeys;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit and the set-ups set the fields
class OidcTokenTest {
  private static final String ISSUER = "https://accounts.google.com";
  private static final String AUDIENCE = "https://gateway.example/webhooks/gar";
  private static final String ACCOUNT = "pusher@team.iam.gserviceaccount.com";

  private static RSAKey key;
  @TempDir private Path directory;
  private OidcToken authentication;

  @BeforeAll
  static void generateKey() throws JOSEException {
    key = new RSAKeyGenerator(2048).keyID("one").generate();
  }

  @BeforeEach
  void configure() throws IOException {
    Path file = Files.writeString(directory.resolve("keys.json"), publicKeys());
    authentication = new OidcToken(IssuerKeys.fromFile(file), ISSUER, AUDIENCE, ACCOUNT);
  }

  private static String publicKeys() {
    return new JWKSet(key.toPublicJWK()).toString();
  }

  @Test
  void shouldAdmitTheConfiguredAccount() throws Exception {
    assertThat(admits(token(claims -> claims))).isTrue();
  }

  @Test
  void shouldRefuseWhatIsMissing() throws Exception {
    assertThat(authentication.admits(request(null))).isFalse();
    assertThat(authentication.admits(request(""))).isFalse();
    assertThat(authentication.admits(request("Bearer"))).isFalse();
    assertThat(authentication.admits(request("Bearer x.y.z"))).isFalse();
    assertThat(authentication.admits(request("Basic " + token(claims -> claims)))).isFalse();
  }

  @Test
  void shouldRefuseOtherClaims() throws Exception {
    assertThat(admits(token(claims -> claims.issuer("https://accounts.example")))).isFalse();
    assertThat(admits(token(claims -> claims.audience(AUDIENCE + "/other")))).isFalse();
    assertThat(admits(token(claims -> claims.audience((String) null)))).isFalse();
    assertThat(admits(token(claims -> claims.claim("email", "mallory@other.example")))).isFalse();
    assertThat(admits(token(claims -> claims.claim("email", null)))).isFalse();
    assertThat(admits(token(claims -> claims.claim("email_verified", false)))).isFalse();
    assertThat(admits(token(claims -> claims.expirationTime(null)))).isFalse();
  }

  @Test
  void shouldRefuseATokenWhoseTimeIsOverOrHasNotCome() throws Exception {
    Instant now = Instant.now();

    assertThat(admits(token(claims -> claims.expirationTime(Date.from(now.minusSeconds(600))))))
        .isFalse();
    assertThat(admits(token(claims -> claims.notBeforeTime(Date.from(now.plusSeconds(600))))))
        .isFalse();
  }

  @Test
  void shouldRefuseATokenThatWasAltered() throws Exception {
    String[] parts = token(claims -> claims.audience("https://other.example")).split("\\.", -1);
    String[] good = token(claims -> claims).split("\\.", -1);

    assertThat(admits(parts[0] + "." + good[1] + "." + parts[2])).isFalse();
  }

  @Test
  void shouldRefuseAnotherKeyUnderTheSameName() throws Exception {
    RSAKey other = new RSAKeyGenerator(2048).keyID("one").generate();

    assertThat(admits(signed(JWSAlgorithm.RS256, new RSASSASigner(other)))).isFalse();
  }

  /** The two classic forgeries: no signature, and a MAC keyed with the public key. */
  @Test
  void shouldRefuseOtherAlgorithms() throws Exception {
    byte[] asSecret = publicKeys().getBytes(StandardCharsets.UTF_8);

    assertThat(admits(new PlainJWT(claims().build()).serialize())).isFalse();
    assertThat(admits(signed(JWSAlgorithm.HS256, new MACSigner(asSecret)))).isFalse();
  }

  @Test
  void shouldFetchKeysOnceAndFromTheConfiguredHostOnly() throws Exception {
    AtomicInteger fetched = new AtomicInteger();
    AtomicInteger elsewhere = new AtomicInteger();
    HttpServer other = serve(elsewhere, Map.of(), publicKeys());
    HttpServer issuer = serve(fetched, Map.of(), publicKeys());
    HttpServer redirecting =
        serve(new AtomicInteger(), Map.of("Location", address(other).toString()), "");
    try {
      OidcToken direct = at(address(issuer));
      assertThat(direct.admits(request("Bearer " + token(claims -> claims)))).isTrue();
      assertThat(direct.admits(request("Bearer " + token(claims -> claims)))).isTrue();
      assertThat(fetched).hasValue(1);

      OidcToken redirected = at(address(redirecting));
      String token = token(claims -> claims);
      assertThatThrownBy(() -> redirected.admits(request("Bearer " + token)))
          .isInstanceOf(UnavailableException.class);
      assertThat(elsewhere).hasValue(0);
    } finally {
      other.stop(0);
      issuer.stop(0);
      redirecting.stop(0);
    }
  }

  @Test
  void shouldSayThatKeysCannotBeHadAndRefuseNobodyForIt() throws Exception {
    HttpServer gone = serve(new AtomicInteger(), Map.of(), "");
    URI address = address(gone);
    gone.stop(0);
    OidcToken away = at(address);
    String token = token(claims -> claims);

    assertThatThrownBy(() -> away.admits(request("Bearer " + token)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("keys of the token's issuer");
  }

  @Test
  void shouldRejectAFileWithoutKeys() throws IOException {
    Path file = Files.writeString(directory.resolve("none"), "hello");

    assertThatThrownBy(() -> IssuerKeys.fromFile(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("expected one");
  }

  private static OidcToken at(URI keys) {
    return new OidcToken(IssuerKeys.fromUrl(keys), ISSUER, AUDIENCE, ACCOUNT);
  }

  private static HttpServer serve(AtomicInteger count, Map<String, String> headers, String body)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          count.incrementAndGet();
          headers.forEach(exchange.getResponseHeaders()::set);
          exchange.sendResponseHeaders(headers.isEmpty() ? 200 : 302, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static URI address(HttpServer server) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
  }

  private boolean admits(String token) throws UnavailableException {
    return authentication.admits(request("Bearer " + token));
  }

  private static WebhookRequest request(@Nullable String authorization) {
    return new WebhookRequest(
        authorization == null ? Map.of() : Map.of("authorization", authorization),
        null,
        () -> new byte[0]);
  }

  private static JWTClaimsSet.Builder claims() {
    Instant now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .subject("113774264463038321964")
        .claim("email", ACCOUNT)
        .claim("email_verified", true)
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(3600)));
  }

  private static String token(UnaryOperator<JWTClaimsSet.Builder> change) throws JOSEException {
    return signed(JWSAlgorithm.RS256, new RSASSASigner(key), change.apply(claims()).build());
  }

  private static String signed(JWSAlgorithm algorithm, JWSSigner signer) throws JOSEException {
    return signed(algorithm, signer, claims().build());
  }

  private static String signed(JWSAlgorithm algorithm, JWSSigner signer, JWTClaimsSet claims)
      throws JOSEException {
    SignedJWT jwt = new SignedJWT(new JWSHeader.Builder(algorithm).keyID("one").build(), claims);
    jwt.sign(signer);
    return jwt.serialize();
  }
}
