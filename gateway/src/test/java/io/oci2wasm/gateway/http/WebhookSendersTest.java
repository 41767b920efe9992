package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.webhook.Fixture;
import io.oci2wasm.gateway.webhook.GoogleConfig;
import io.oci2wasm.gateway.webhook.SenderConfig;
import io.oci2wasm.gateway.webhook.WebhooksConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each sender at the running gateway, with the credentials it has. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class WebhookSendersTest {
  private static final int BODY_LIMIT = 8192;
  private static final String AUDIENCE = "https://gateway.example/webhooks/gar";
  private static final String ACCOUNT = "pusher@team.iam.gserviceaccount.com";

  @TempDir private static Path directory;
  private static RSAKey key;
  private static TestGateway server;

  @BeforeAll
  static void start() throws Exception {
    key = new RSAKeyGenerator(2048).keyID("one").generate();
    Path apiToken = Files.writeString(directory.resolve("api"), "api-token");
    GatewayConfig config =
        ConfigFile.with(
                GatewayConfig.DEFAULT.onPort(0).withApiToken(apiToken),
                "bodyLimit",
                new ByteSize(BODY_LIMIT))
            .with(senders());
    server = new TestGateway(config);
  }

  private static WebhooksConfig senders() throws Exception {
    Path keys =
        Files.writeString(directory.resolve("keys"), new JWKSet(key.toPublicJWK()).toString());
    return new WebhooksConfig(
        with("distribution", null),
        with("harbor", null),
        with("dockerhub", null),
        with("github", null),
        with("quay", null),
        new SenderConfig(secretFile("ecr"), "X-Api-Key", null, List.of()),
        with("acr", null),
        new GoogleConfig(
            AUDIENCE, ACCOUNT, GoogleConfig.DEFAULT.issuer(), keys, GoogleConfig.DEFAULT.keysUrl()),
        with("jfrog", null),
        with("gitea", null),
        with("zot", "zot.example:5000"));
  }

  private static SenderConfig with(String sender, @Nullable String registry) throws Exception {
    return new SenderConfig(secretFile(sender), null, registry, List.of());
  }

  private static Path secretFile(String sender) throws Exception {
    return Files.writeString(directory.resolve(sender), secret(sender));
  }

  private static String secret(String sender) {
    return sender + "-s3cret";
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.publisher().published().clear();
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldTakeAPushWithTheRightCredentials(Fixture push) throws Exception {
    HttpResponse<String> response = send(push, push.body(), secret(push.sender()));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    assertThat(server.publisher().published())
        .isNotEmpty()
        .allSatisfy(event -> assertThat(event).isInstanceOf(ImagePushed.class));
    assertThat(response.body()).contains("\"accepted\":" + server.publisher().published().size());
    assertThat(server.monitoring().scrape())
        .contains(
            "oci2wasm_webhook_events_total{reason=\"none\",result=\"accepted\",sender=\""
                + push.sender()
                + "\"}");
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldRefuseAPushWithoutCredentials(Fixture push) throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                request(push, "/webhooks/" + push.sender(), push.body()).build(),
                HttpResponse.BodyHandlers.ofString());

    assertRefused(push, response);
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldRefuseAPushWithTheWrongCredentials(Fixture push) throws Exception {
    assertRefused(push, send(push, push.body(), "wrong"));
    assertRefused(push, send(push, push.body(), secret("another")));
    assertRefused(push, send(push, push.body(), "api-token"));
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#SIGNED_PUSHES")
  void shouldRefuseABodyThatWasAlteredAfterSigning(Fixture push) throws Exception {
    String altered = push.text().replace("app", "bpp");

    HttpResponse<String> response =
        sendSigned(push, altered.getBytes(StandardCharsets.UTF_8), push.body());

    assertRefused(push, response);
  }

  private static void assertRefused(Fixture push, HttpResponse<String> response) {
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.body())
        .contains("/webhooks/" + push.sender())
        .doesNotContain("s3cret", "api-token");
    assertThat(server.publisher().published()).isEmpty();
    assertThat(server.monitoring().scrape())
        .contains(
            "oci2wasm_webhook_events_total{reason=\"none\",result=\"refused\",sender=\""
                + push.sender()
                + "\"}");
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldTakeAndSetApartWhatCannotBeUnderstood(Fixture push) throws Exception {
    for (String body : List.of("hello", "{}", "[]", "")) {
      HttpResponse<String> response =
          send(push, body.getBytes(StandardCharsets.UTF_8), secret(push.sender()));

      assertThat(response.statusCode()).as(body).isEqualTo(202);
      assertThat(response.body()).as(body).contains("\"accepted\":0", "\"unreadable\":1");
    }
    assertThat(server.publisher().published()).noneMatch(event -> event instanceof ImagePushed);
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldAnswer413ForABodyOverTheLimit(Fixture push) throws Exception {
    byte[] large = (push.text() + " ".repeat(BODY_LIMIT)).getBytes(StandardCharsets.UTF_8);

    assertThat(send(push, large, secret(push.sender())).statusCode()).isEqualTo(413);
    assertThat(server.publisher().published()).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("io.oci2wasm.gateway.webhook.Fixture#PUSHES")
  void shouldMakeOneRequestOfADeliveryThatIsRepeated(Fixture push) throws Exception {
    send(push, push.body(), secret(push.sender()));
    List<String> first = server.publisher().published().stream().map(TopicEvent::eventId).toList();
    server.publisher().published().clear();

    send(push, push.body(), secret(push.sender()));

    assertThat(server.publisher().published()).extracting(TopicEvent::eventId).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(strings = {"github/ping", "acr/ping"})
  void shouldAnswerAPing(String name) throws Exception {
    Fixture ping =
        Fixture.of(name.substring(0, name.indexOf('/')), name.substring(name.indexOf('/') + 1));

    HttpResponse<String> response = send(ping, ping.body(), secret(ping.sender()));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.body()).contains("\"ignored\":1");
    assertThat(server.publisher().published()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/webhooks/nexus",
        "/webhooks/",
        "/webhooks",
        "/webhooks/quay/quay-s3cret/more",
        "/webhooks/QUAY/quay-s3cret"
      })
  void shouldKnowNoOtherPath(String path) throws Exception {
    Fixture push = Fixture.of("quay", "push");

    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(request(push, path, push.body()).build(), HttpResponse.BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).doesNotContain("s3cret");
    assertThat(server.publisher().published()).isEmpty();
  }

  private static HttpResponse<String> send(Fixture fixture, byte[] body, String secret)
      throws Exception {
    String path = "/webhooks/" + fixture.sender();
    HttpRequest.Builder request =
        switch (fixture.sender()) {
          case "distribution", "harbor", "acr", "zot" ->
              request(fixture, path, body).header("Authorization", "Bearer " + secret);
          case "ecr" -> request(fixture, path, body).header("X-Api-Key", secret);
          case "dockerhub", "quay" -> request(fixture, path + "/" + secret, body);
          case "gar" ->
              request(fixture, path, body)
                  .header(
                      "Authorization",
                      "Bearer " + token(secret.equals(secret("gar")) ? ACCOUNT : secret));
          default -> signed(fixture, body, body, secret);
        };
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> sendSigned(Fixture fixture, byte[] sent, byte[] signed)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            signed(fixture, sent, signed, secret(fixture.sender())).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder signed(
      Fixture fixture, byte[] sent, byte[] signed, String secret) throws Exception {
    HttpRequest.Builder request = request(fixture, "/webhooks/" + fixture.sender(), sent);
    String signature = HexFormat.of().formatHex(hmac(secret, signed));
    return switch (fixture.sender()) {
      case "github" -> request.header("X-Hub-Signature-256", "sha256=" + signature);
      case "gitea" -> request.header("X-Gitea-Signature", signature);
      case "jfrog" -> request.header("X-JFrog-Event-Auth", signature);
      default -> throw new AssertionError(fixture.sender() + " signs nothing");
    };
  }

  private static byte[] hmac(String secret, byte[] body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return mac.doFinal(body);
  }

  private static HttpRequest.Builder request(Fixture fixture, String path, byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    for (Map.Entry<String, String> header : fixture.headers().entrySet()) {
      request.header(header.getKey(), header.getValue());
    }
    return request;
  }

  private static String token(String account) throws Exception {
    Instant now = Instant.now();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(),
            new JWTClaimsSet.Builder()
                .issuer(GoogleConfig.DEFAULT.issuer())
                .audience(AUDIENCE)
                .claim("email", account)
                .claim("email_verified", true)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(3600)))
                .build());
    jwt.sign(new RSASSASigner(key));
    return jwt.serialize();
  }
}
