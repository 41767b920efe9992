package io.oci2wasm.cli.remote;

import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
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
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]+");
  private static final Set<String> SCHEMES = Set.of("http", "https");

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "The gateway. Default: $OCI2WASM_GATEWAY_URL, gatewayUrl of ~/.config/oci2wasm/client.yaml,"
              + " or http://127.0.0.1:8080.")
  private @Nullable URI gateway;

  @Option(
      names = "--api-token-file",
      paramLabel = "FILE",
      description =
          "File with the API token (gateway.apiTokenFile of the gateway's configuration). Default:"
              + " $OCI2WASM_API_TOKEN_FILE, or apiTokenFile of client.yaml.")
  private @Nullable Path apiTokenFile;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "Certificates (PEM) of authorities to trust, in addition to those of the Java runtime."
              + " Default: $OCI2WASM_CA_FILE, or caFile of client.yaml.")
  private @Nullable Path caFile;

  /** A client of the gateway that was named. */
  public GatewayClient client() {
    return client(spec, gateway, apiTokenFile, caFile);
  }

  /**
   * A client of the gateway that the options of the command {@code spec} name; where one is null,
   * {@link ClientConfig} applies.
   */
  public static GatewayClient client(
      CommandSpec spec, @Nullable URI gateway, @Nullable Path apiTokenFile, @Nullable Path caFile) {
    try {
      ClientConfig usual =
          ClientConfig.read(System.getenv(), Path.of(System.getProperty("user.home")));
      Path token = apiTokenFile != null ? apiTokenFile : usual.apiTokenFile();
      return new GatewayClient(
          gateway != null ? checked("--gateway", gateway.toString()) : usual.gateway(),
          token == null ? null : token(token),
          caFile != null ? caFile : usual.caFile());
    } catch (ConfigException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** What a header takes: the rest would be refused with the token in the message. */
  private static String token(Path file) {
    String token = SecretFile.read(file);
    if (!TOKEN.matcher(token).matches()) {
      throw new ConfigException(
          "API token file " + file + ": found blanks or lines, expected one word");
    }
    return token;
  }

  /**
   * The address of a gateway.
   *
   * @param origin who says so, for the message
   * @throws ConfigException if it is none
   */
  static URI checked(String origin, String address) {
    try {
      URI gateway = new URI(address);
      if (gateway.getHost() != null && SCHEMES.contains(String.valueOf(gateway.getScheme()))) {
        return gateway;
      }
    } catch (URISyntaxException e) {
      // The same as one without a host.
    }
    throw new ConfigException(
        String.format(
            "%s: found \"%s\", expected http://HOST:PORT or https://HOST:PORT", origin, address));
  }
}
