package io.oci2wasm.cli.remote;

import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.ConfigFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What applies to commands that call a gateway unless their options say otherwise: from {@code
 * oci2wasm/client.yaml} in {@code $XDG_CONFIG_HOME} or {@code ~/.config}, overridden by {@code
 * OCI2WASM_GATEWAY_URL}, {@code OCI2WASM_API_TOKEN_FILE} and {@code OCI2WASM_CA_FILE}.
 *
 * @param gatewayUrl the gateway's address
 * @param apiTokenFile the file with the API's token
 * @param caFile certificates (PEM) of authorities to trust besides the Java runtime's
 */
record ClientConfig(String gatewayUrl, @Nullable Path apiTokenFile, @Nullable Path caFile) {
  private static final ClientConfig DEFAULT = new ClientConfig("http://127.0.0.1:8080", null, null);

  URI gateway() {
    return GatewayOptions.checked("gatewayUrl", gatewayUrl);
  }

  /**
   * Reads it.
   *
   * @param home where {@code .config} lies
   * @throws ConfigException if the file has an unknown key, or no value for one
   */
  static ClientConfig read(Map<String, String> environment, Path home) {
    String base = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path folder = base.isEmpty() ? home.resolve(".config") : Path.of(base);
    Path file = folder.resolve("oci2wasm").resolve("client.yaml");
    return ConfigFile.read(
        Files.exists(file) ? file : null, environment, DEFAULT, ClientConfig.class);
  }
}
