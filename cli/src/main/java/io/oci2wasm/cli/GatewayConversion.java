package io.oci2wasm.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.cli.remote.GatewayOptions;
import io.oci2wasm.cli.remote.RefusedCallException;
import io.oci2wasm.cli.remote.RemoteConversions;
import io.oci2wasm.ingest.source.SourceReference;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A conversion that a gateway's pipeline does, and whose bundles are downloaded. */
final class GatewayConversion {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "Let this gateway's pipeline convert the image of a registry, and download the modules.")
  private @Nullable URI gateway;

  @Option(
      names = "--api-token-file",
      paramLabel = "FILE",
      description =
          "With --gateway: the file with the API's token. Default: $OCI2WASM_API_TOKEN_FILE, or"
              + " apiTokenFile of ~/.config/oci2wasm/client.yaml.")
  private @Nullable Path apiTokenFile;

  boolean isWanted() {
    if (gateway == null && apiTokenFile != null) {
      throw new ParameterException(
          spec.commandLine(), "--api-token-file: found no --gateway, expected the one it is for");
    }
    return gateway != null;
  }

  /**
   * Returns when all conversions have ended and their modules are written.
   *
   * @param outputs where so many modules go
   * @return the exit code
   */
  int convert(
      SourceReference source,
      List<Platform> platforms,
      @Nullable Path caFile,
      IntFunction<Outputs> outputs)
      throws RejectedException, RefusedCallException, IOException {
    if (gateway == null || !(source instanceof SourceReference.Registry)) {
      throw new ParameterException(
          spec.commandLine(),
          "--gateway: found image " + source + ", expected one in a registry, which it fetches");
    }
    outputs.apply(Math.max(1, platforms.size())).check();
    RemoteConversions remote =
        new RemoteConversions(GatewayOptions.client(spec, gateway, apiTokenFile, caFile));
    List<JsonNode> built = new ArrayList<>();
    boolean failed = false;
    for (JsonNode one : remote.convert(source.toString(), platforms)) {
      if (isIn(ConversionState.BUILT, one)) {
        built.add(one);
      } else {
        failed |= isIn(ConversionState.FAILED, one);
        report(one);
      }
    }
    if (built.isEmpty()) {
      spec.commandLine().getErr().println("There is no module to download.");
      return ExitCodes.REJECTED;
    }
    Outputs places = outputs.apply(built.size());
    for (JsonNode one : built) {
      download(remote, one, places);
    }
    return failed ? ExitCodes.REJECTED : ExitCodes.OK;
  }

  private void download(RemoteConversions remote, JsonNode built, Outputs places)
      throws RejectedException, RefusedCallException, IOException {
    Platform platform = Platform.parse(built.path("platform").asText());
    JsonNode data = built.path("bundle").path("data");
    if (!data.isMissingNode()) {
      places.requireFile();
    }
    Path file = places.of(platform);
    String digest = remote.download(built, file).toString();
    places.written(file);
    String beside = data.isMissingNode() ? "" : data.path("file").asText() + " beside it, ";
    places.tell(spec.commandLine(), platform, file, beside + digest);
    spec.commandLine().getErr().println("in a browser: " + remote.runPage(built));
  }

  private void report(JsonNode conversion) {
    spec.commandLine()
        .getErr()
        .println(
            String.format(
                "%s: %s (%s): %s",
                conversion.path("state").asText(),
                conversion.path("platform").asText("image"),
                conversion.path("reason").asText(),
                conversion.path("message").asText()));
  }

  private static boolean isIn(ConversionState state, JsonNode conversion) {
    return conversion.path("state").asText().equals(state.toString());
  }
}
