package io.oci2wasm.cli.pipeline;

import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.config.ConfigException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code oci2wasm up}: the whole pipeline in one process. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description =
        "Runs the whole pipeline in this process, with an embedded Kafka broker and S3 server."
            + " Images pushed to a registry that sends it webhooks become bundles.")
public final class UpCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private ConfigOption config;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private RebuildOption rebuild;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of webhooks and API. 0 selects a free one. Default: 8080.")
  private @Nullable Integer port;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Address to listen on. Beyond loopback both secrets are needed. Default: 127.0.0.1.")
  private @Nullable String host;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Folder for Kafka, objects and the gateway's state. Default: oci2wasm in $XDG_DATA_HOME"
              + " or ~/.local/share.")
  private @Nullable Path data;

  @Option(
      names = "--allow-registry",
      paramLabel = "HOST[:PORT]",
      description = "A registry to fetch images from. No other is contacted.")
  private List<String> allow = new ArrayList<>();

  @Option(
      names = "--insecure-registry",
      paramLabel = "HOST[:PORT]",
      description = "A registry with plain HTTP. It is allowed too.")
  private List<String> insecure = new ArrayList<>();

  @Option(
      names = "--webhook-secret-file",
      paramLabel = "FILE",
      description = "File with the secret that registries send as Authorization: Bearer SECRET.")
  private @Nullable Path webhookSecretFile;

  @Option(
      names = "--api-token-file",
      paramLabel = "FILE",
      description = "File with the token that callers of the API and the dashboard must present.")
  private @Nullable Path apiTokenFile;

  @Override
  public Integer call() throws Exception {
    AutoCloseable traces = config.checked(() -> ServerProcess.begin("up"));
    PipelineConfig effective = config.checked(() -> withOptions(config.read()));
    Path directory = data != null ? data : DataDirectory.usual();
    PrintWriter err = spec.commandLine().getErr();
    Pipeline pipeline =
        config.checked(
            () ->
                Pipeline.start(
                    effective,
                    directory,
                    rebuild.isGiven(),
                    part -> err.println("starting " + part)));
    explain(pipeline.address(), directory, effective);
    ServerProcess.serve("up", pipeline, traces);
    return 0;
  }

  private PipelineConfig withOptions(PipelineConfig read) {
    GatewayConfig gateway = read.gateway();
    Path secret = webhookSecretFile != null ? webhookSecretFile : gateway.webhookSecretFile();
    Path token = apiTokenFile != null ? apiTokenFile : gateway.apiTokenFile();
    return read.with(listening(gateway).withWebhookSecret(secret).withApiToken(token))
        .with(registries(read.registries()));
  }

  private GatewayConfig listening(GatewayConfig read) {
    try {
      return read.onHost(host != null ? host : read.host())
          .onPort(port != null ? port : read.port());
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--" + e.getMessage(), e);
    }
  }

  private RegistriesConfig registries(RegistriesConfig read) {
    try {
      return read.and(allow, insecure);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--allow-registry, --insecure-registry: " + e.getMessage(), e);
    }
  }

  private void explain(URI address, Path directory, PipelineConfig effective) {
    boolean secret = effective.gateway().webhookSecretFile() != null;
    PrintWriter out = spec.commandLine().getOut();
    out.println("oci2wasm is up at " + address);
    out.println("  data         " + directory.toAbsolutePath());
    out.println("  registries   " + names(effective.registries()));
    out.println("  dashboard    " + address + "/dashboard/");
    out.println("  conversions  " + address + "/api/v1/conversions");
    out.println("  health       " + address + "/health/ready");
    out.println();
    out.println("Let a Distribution registry notify it. Add to its configuration:");
    out.println("  notifications:");
    out.println("    events: {includereferences: true}");
    out.println("    endpoints:");
    out.println("      - name: oci2wasm");
    out.println("        url: " + address + "/webhooks/distribution");
    out.println("        timeout: 2s");
    out.println("        threshold: 5");
    out.println("        backoff: 1s");
    if (secret) {
      out.println("        headers: {Authorization: [\"Bearer (content of the secret file)\"]}");
    }
    out.println("        ignore: {mediatypes: [application/octet-stream], actions: [pull, mount]}");
    out.println();
    out.println("Stop it with Ctrl-C.");
    out.flush();
  }

  private static String names(RegistriesConfig registries) {
    List<String> names =
        Stream.concat(registries.allow().stream(), registries.insecure().stream())
            .distinct()
            .toList();
    return names.isEmpty()
        ? "none: nothing can be fetched; name one with --allow-registry"
        : String.join(" ", names);
  }
}
