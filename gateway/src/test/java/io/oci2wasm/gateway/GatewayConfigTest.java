package io.oci2wasm.gateway;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayConfigTest {
  private static final Path SECRET = Path.of("/run/secrets/x");

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.9.9.9"})
  void shouldListenOnLoopbackWithoutSecrets(String host) {
    assertThatCode(() -> config(host, null, null).checkExposure()).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
  void shouldRefuseToListenElsewhereWithoutAWebhookSecret(String host) {
    assertThatThrownBy(() -> config(host, null, SECRET).checkExposure())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.host: found " + host)
        .hasMessageContaining("gateway.webhookSecretFile");
  }

  @Test
  void shouldRefuseToListenElsewhereWithoutAnApiToken() {
    assertThatThrownBy(() -> config("0.0.0.0", SECRET, null).checkExposure())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.apiTokenFile");
  }

  @Test
  void shouldListenElsewhereWithBoth() {
    assertThatCode(() -> config("0.0.0.0", SECRET, SECRET).checkExposure())
        .doesNotThrowAnyException();
  }

  private static GatewayConfig config(
      String host, @Nullable Path webhookSecret, @Nullable Path apiToken) {
    return new GatewayConfig(host, 0, webhookSecret, apiToken, new ByteSize(1), 1);
  }
}
