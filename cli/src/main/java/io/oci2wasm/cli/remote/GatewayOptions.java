package io.oci2wasm.cli.remote;

import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code --gateway}, {@code --api-token-file} and {@code --ca-file}, as all commands have them that
 * call a gateway.
 */
public final class GatewayOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description = "The gateway (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:OCI2WASM_GATEWAY_URL:-http://127.0.0.1:8080}")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private URI gateway;

  @Option(
      names = "--api-token-file",
      paramLabel = "FILE",
      description =
          "File with the API token (gateway.apiTokenFile of the gateway's configuration).")
  private @Nullable Path apiTokenFile;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "Certificates (PEM) of authorities to trust, in addition to those of the Java runtime.")
  private @Nullable Path caFile;

  /** A client of the gateway that was named. */
  public GatewayClient client() {
    return client(spec, gateway, apiTokenFile, caFile);
  }

  /** A client of the gateway that {@code --gateway} of the command {@code spec} names. */
  public static GatewayClient client(
      CommandSpec spec, URI gateway, @Nullable Path apiTokenFile, @Nullable Path caFile) {
    String scheme = gateway.getScheme();
    if (gateway.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new ParameterException(
          spec.commandLine(),
          "--gateway: found \"" + gateway + "\", expected http://HOST:PORT or https://HOST:PORT");
    }
    try {
      return new GatewayClient(
          gateway, apiTokenFile == null ? null : SecretFile.read(apiTokenFile), caFile);
    } catch (ConfigException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
