package io.oci2wasm.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendersTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"distribution", "quay", "github", "gar", "zot"})
  void shouldLetEveryoneInOnLoopbackWithoutAnySecret(String sender) throws Exception {
    assertThat(admits(senders("{}", null, true), sender, Map.of(), null)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"distribution", "quay", "github", "gar", "zot"})
  void shouldRefuseEveryoneBeyondLoopbackWithoutASecret(String sender) throws Exception {
    assertThat(admits(senders("{}", null, false), sender, Map.of(), null)).isFalse();
  }

  /** A proxy before a gateway on loopback must not open what was not configured. */
  @ParameterizedTest
  @ValueSource(strings = {"quay", "dockerhub", "github", "gitea", "jfrog", "gar"})
  void shouldRefuseTheOthersOnLoopbackWhereOneSenderHasASecret(String sender) throws Exception {
    Senders senders = senders("{}", secret("default"), true);

    assertThat(admits(senders, sender, bearer("default"), "default")).isFalse();
    assertThat(senders.find(sender).orElseThrow().authentication().expected())
        .contains("gateway.webhooks." + sender);
  }

  @ParameterizedTest
  @ValueSource(strings = {"distribution", "harbor", "ecr", "acr", "zot"})
  void shouldTakeTheDefaultSecretForSendersWithAHeader(String sender) throws Exception {
    Senders senders = senders("{}", secret("default"), false);

    assertThat(admits(senders, sender, bearer("default"), null)).isTrue();
    assertThat(admits(senders, sender, bearer("other"), null)).isFalse();
  }

  @Test
  void shouldPreferASendersOwnSecret() throws Exception {
    Senders senders =
        senders("harbor: {secretFile: " + secret("own") + "}", secret("default"), false);

    assertThat(admits(senders, "harbor", bearer("own"), null)).isTrue();
    assertThat(admits(senders, "harbor", bearer("default"), null)).isFalse();
    assertThat(admits(senders, "acr", bearer("own"), null)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "github: {header: X-Secret}        | gateway.webhooks.github.header    | has its own",
        "quay: {ownActors: [alice]}        | gateway.webhooks.quay.ownActors   | names no one",
        "quay: {secretFile: SECRET}        | gateway.webhooks.quay.secretFile  | cannot stand in a path",
        "zot: {secretFile: SECRET}         | gateway.webhooks.zot.registry     | does not tell its own",
        "acr: {secretFile: /no/such/file}  | /no/such/file                     | cannot be read",
        "acr: {header: 'X Secret'}         | acr                               | expected a header's name",
        "acr: {registry: 'http://r/'}      | acr                               | expected HOST or HOST:PORT",
        "acr: {secret: x}                  | acr.secret                        | unknown key",
        "nexus: {secretFile: x}            | nexus                             | unknown key",
        "gar: {audience: x}                | gar                               | expected both or none",
        "gar: {keysUrl: 'http://k.example/'} | gar                             | expected an https URL",
        "gar: {audience: x, account: y, keysFile: /no/keys} | /no/keys         | no JWK set",
      })
  void shouldNameWhatIsWrong(String yaml, String key, String problem) throws IOException {
    String secret = secret("not/for a path").toString();

    assertThatThrownBy(() -> senders(yaml.replace("SECRET", secret), null, false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(problem);
  }

  private Path secret(String content) throws IOException {
    return Files.writeString(directory.resolve("s" + content.hashCode()), content);
  }

  private Senders senders(String yaml, @Nullable Path defaultSecret, boolean loopback)
      throws IOException {
    Path file = Files.writeString(directory.resolve("webhooks.yaml"), yaml);
    WebhooksConfig config =
        ConfigFile.read(file, Map.of(), WebhooksConfig.DEFAULT, WebhooksConfig.class);
    return Senders.of(config, defaultSecret, loopback, image -> false, Clock.systemUTC());
  }

  private static Map<String, String> bearer(String secret) {
    return Map.of("Authorization", "Bearer " + secret);
  }

  private static boolean admits(
      Senders senders, String sender, Map<String, String> headers, @Nullable String pathSecret)
      throws IOException {
    return senders
        .find(sender)
        .orElseThrow()
        .authentication()
        .admits(new WebhookRequest(headers, pathSecret, () -> new byte[0]));
  }
}
