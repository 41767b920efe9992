package io.oci2wasm.gateway;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayConfigTest {
  @TempDir private Path directory;

  private Path secret() throws IOException {
    return Files.writeString(directory.resolve("secret"), "secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.9.9.9"})
  void shouldListenOnLoopbackWithoutSecrets(String host) {
    assertThatCode(() -> config(host, null, null).check()).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
  void shouldRefuseToListenElsewhereWithoutAWebhookSecret(String host) throws IOException {
    Path secret = secret();

    assertThatThrownBy(() -> config(host, null, secret).check())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.host: found " + host)
        .hasMessageContaining("gateway.webhookSecretFile");
  }

  @Test
  void shouldRefuseToListenElsewhereWithoutAnApiToken() throws IOException {
    Path secret = secret();

    assertThatThrownBy(() -> config("0.0.0.0", secret, null).check())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.apiTokenFile");
  }

  @Test
  void shouldListenElsewhereWithBoth() throws IOException {
    Path secret = secret();

    assertThatCode(() -> config("0.0.0.0", secret, secret).check()).doesNotThrowAnyException();
  }

  @Test
  void shouldRefuseASecretThatCannotBeRead() {
    Path missing = directory.resolve("missing");

    assertThatThrownBy(() -> config("127.0.0.1", missing, null).check())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(missing.toString());
  }

  private static GatewayConfig config(
      String host, @Nullable Path webhookSecret, @Nullable Path apiToken) {
    return GatewayConfig.DEFAULT
        .onHost(host)
        .onPort(0)
        .withWebhookSecret(webhookSecret)
        .withApiToken(apiToken);
  }
}
