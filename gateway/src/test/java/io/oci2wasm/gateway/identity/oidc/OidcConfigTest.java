package io.oci2wasm.gateway.identity.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OidcConfigTest {
  private static final String WHOLE =
      """
      issuer: https://login.example/realms/team
      clientId: oci2wasm
      url: https://oci2wasm.example
      roles: {platform: admin}
      """;

  @TempDir private Path directory;

  @Test
  void shouldReadWhatIsNeeded() throws IOException {
    OidcConfig config = read(WHOLE);

    assertThat(config.roles()).isEqualTo(Map.of("platform", "admin"));
    assertThat(config.nameClaim()).isEqualTo("email");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://login.example/ | http://login.example/ | issuer: found http://login.example/",
        "clientId: oci2wasm | clientId: | clientId",
        "url: https://oci2wasm.example | url: https://oci2wasm.example/?a | url: found",
      })
  void shouldRefuse(String found, String instead, String message) {
    String text =
        WHOLE
            .replace("https://login.example/realms/team", "https://login.example/")
            .replace(found, instead);

    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  private OidcConfig read(String text) throws IOException {
    return ConfigFile.read(
        Files.writeString(directory.resolve("config.yaml"), text),
        Map.of(),
        OidcConfig.DEFAULT,
        OidcConfig.class);
  }
}
