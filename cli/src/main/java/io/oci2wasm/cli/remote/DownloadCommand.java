package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code oci2wasm download}: a bundle that the pipeline made. */
@Command(
    name = "download",
    mixinStandardHelpOptions = true,
    description = {
      "Downloads the bundle of one of a gateway's conversions and checks its digest.",
      "A bundle that is split comes as two files: its data file is written beside FILE, under the"
          + " name that the module knows."
    })
public final class DownloadCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private GatewayOptions gateway;

  @Parameters(paramLabel = "ID", description = "The conversion's id, as list prints it.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String id;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to. Default: the repository's last word with .wasm, in this folder.")
  private @Nullable Path output;

  @Override
  public Integer call() throws RejectedException, RefusedCallException, IOException {
    RemoteConversions conversions = new RemoteConversions(gateway.client());
    JsonNode found = conversions.get(id);
    String repository = found.path("image").path("repository").asText();
    Path file =
        output != null
            ? output
            : Path.of(repository.substring(repository.lastIndexOf('/') + 1) + ".wasm");
    Sha256Digest digest = conversions.download(found, file);
    PrintWriter out = spec.commandLine().getOut();
    JsonNode data = found.path("bundle").path("data");
    String beside = data.isMissingNode() ? "" : data.path("file").asText() + " beside it, ";
    out.println(
        String.format("%s %s (%s%s)", found.path("platform").asText(), file, beside, digest));
    out.flush();
    return 0;
  }
}
