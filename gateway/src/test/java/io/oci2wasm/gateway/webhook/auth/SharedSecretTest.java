package io.oci2wasm.gateway.webhook.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class SharedSecretTest {
  /**
   * From GitHub's documentation, "Validating webhook deliveries": made by another implementation.
   */
  private static final String SECRET = "It's a Secret to Everybody";

  private static final String BODY = "Hello, World!";
  private static final String SIGNATURE =
      "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

  @TempDir private Path directory;
  private Secret secret;

  @BeforeEach
  void readSecret() throws IOException {
    secret = Secret.fromFile(Files.writeString(directory.resolve("secret"), SECRET + "\n"));
  }

  @Test
  void shouldAdmitTheHeadersForms() throws IOException {
    Secret word = Secret.fromFile(Files.writeString(directory.resolve("word"), "s3cret"));
    HeaderSecret header = new HeaderSecret("X-Hook", word);

    assertThat(header.admits(with("x-hook", "s3cret"))).isTrue();
    assertThat(header.admits(with("X-Hook", "Bearer s3cret"))).isTrue();
    assertThat(header.admits(with("X-Hook", "bearer  s3cret "))).isTrue();
    assertThat(header.admits(with("X-Hook", basic("any:s3cret")))).isTrue();
    assertThat(header.admits(with("X-Hook", basic(":s3cret")))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer It's",
        "Basic",
        "Basic !",
        "It's a Secret to Everybod",
        "It's a Secret to Everybody!",
        "it's a secret to everybody",
      })
  void shouldRefuseOtherHeaders(String value) {
    HeaderSecret header = new HeaderSecret("Authorization", secret);

    assertThat(header.admits(with("Authorization", value))).isFalse();
    assertThat(header.admits(with("X-Other", SECRET))).isFalse();
  }

  @Test
  void shouldRefuseBasicCredentialsWithAnotherPassword() {
    HeaderSecret header = new HeaderSecret("Authorization", secret);

    assertThat(header.admits(with("Authorization", basic(SECRET + ":")))).isFalse();
    assertThat(header.admits(with("Authorization", basic("any:wrong")))).isFalse();
  }

  @Test
  void shouldAdmitASignatureThatAnotherImplementationMade() {
    assertThat(signature("sha256=").admits(with("X-Signature", "sha256=" + SIGNATURE))).isTrue();
    assertThat(signature("").admits(with("X-Signature", SIGNATURE))).isTrue();
    assertThat(new SecretOrSignature("X-Signature", secret).admits(with("X-Signature", SIGNATURE)))
        .isTrue();
    assertThat(new SecretOrSignature("X-Signature", secret).admits(with("X-Signature", SECRET)))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "sha256=", "sha1=" + SIGNATURE, SIGNATURE, "sha256=" + SIGNATURE + "0"})
  void shouldRefuseOtherSignatures(String value) {
    assertThat(signature("sha256=").admits(with("X-Signature", value))).isFalse();
  }

  @Test
  void shouldRefuseABodyThatWasAlteredAfterSigning() {
    WebhookRequest altered = request(Map.of("X-Signature", SIGNATURE), null, BODY + " ");

    assertThat(signature("").admits(altered)).isFalse();
    assertThat(new SecretOrSignature("X-Signature", secret).admits(altered)).isFalse();
  }

  @Test
  void shouldAdmitOnlyTheSecretInThePath() {
    PathSecret path = new PathSecret(secret);

    assertThat(path.admits(request(Map.of(), SECRET, BODY))).isTrue();
    assertThat(path.admits(request(Map.of(), "wrong", BODY))).isFalse();
    assertThat(path.admits(request(Map.of(), null, BODY))).isFalse();
    assertThat(path.admits(request(Map.of("Authorization", SECRET), null, BODY))).isFalse();
  }

  /** A stranger's body is not even read. */
  @Test
  void shouldLookAtTheHeaderBeforeTheBody() {
    WebhookRequest unread =
        new WebhookRequest(
            Map.of("Authorization", "wrong"),
            null,
            () -> {
              throw new AssertionError("the body was read");
            });

    assertThat(new HeaderSecret("Authorization", secret).admits(unread)).isFalse();
    assertThat(new PathSecret(secret).admits(unread)).isFalse();
    assertThat(signature("sha256=").admits(unread)).isFalse();
  }

  private BodySignature signature(String prefix) {
    return new BodySignature("X-Signature", prefix, secret);
  }

  private static String basic(String credentials) {
    return "Basic "
        + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }

  private static WebhookRequest with(String header, String value) {
    return request(Map.of(header, value), null, BODY);
  }

  private static WebhookRequest request(
      Map<String, String> headers, @Nullable String pathSecret, String body) {
    return new WebhookRequest(headers, pathSecret, () -> body.getBytes(StandardCharsets.UTF_8));
  }
}
