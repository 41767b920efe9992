package io.oci2wasm.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientConfigTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path home;

  @Test
  void shouldNameTheGatewayOfUpWithoutAFile() {
    assertThat(ClientConfig.read(Map.of(), home))
        .isEqualTo(new ClientConfig("http://127.0.0.1:8080", null, null));
  }

  @Test
  void shouldReadTheUsersFile() throws IOException {
    write(home.resolve(".config"), "gatewayUrl: https://gateway.example\napiTokenFile: /t\n");

    assertThat(ClientConfig.read(Map.of(), home))
        .isEqualTo(new ClientConfig("https://gateway.example", Path.of("/t"), null));
  }

  @Test
  void shouldLookWhereConfigurationsAreKept() throws IOException {
    write(home.resolve(".config"), "gatewayUrl: https://other.example\n");
    write(home.resolve("xdg"), "caFile: /ca.pem\n");
    Map<String, String> environment = Map.of("XDG_CONFIG_HOME", home.resolve("xdg").toString());

    assertThat(ClientConfig.read(environment, home))
        .isEqualTo(new ClientConfig("http://127.0.0.1:8080", null, Path.of("/ca.pem")));
  }

  @Test
  void shouldBelieveVariablesBeforeTheFile() throws IOException {
    write(home.resolve(".config"), "gatewayUrl: https://gateway.example\napiTokenFile: /t\n");
    Map<String, String> environment =
        Map.of("OCI2WASM_GATEWAY_URL", "http://other:1", "OCI2WASM_API_TOKEN_FILE", "/u");

    assertThat(ClientConfig.read(environment, home))
        .isEqualTo(new ClientConfig("http://other:1", Path.of("/u"), null));
  }

  @Test
  void shouldRefuseAnUnknownKeyAndAnAddressThatIsNone() throws IOException {
    write(home.resolve(".config"), "gateway: https://gateway.example\n");

    assertThatThrownBy(() -> ClientConfig.read(Map.of(), home))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("client.yaml")
        .hasMessageContaining("gatewayUrl");
    assertThatThrownBy(() -> new ClientConfig("gateway.example:80", null, null).gateway())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "gatewayUrl: found \"gateway.example:80\", expected http://HOST:PORT");
  }

  private static void write(Path base, String content) throws IOException {
    Path folder = Files.createDirectories(base.resolve("oci2wasm"));
    Files.writeString(folder.resolve("client.yaml"), content);
  }
}
