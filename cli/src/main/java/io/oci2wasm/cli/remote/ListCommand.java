package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ConversionState;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code oci2wasm list}: what the pipeline has converted and is converting. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description =
        "Lists a gateway's conversions, newest first: state, platform, image and id. See also"
            + " show and download.")
public final class ListCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private GatewayOptions gateway;

  @Option(
      names = "--state",
      paramLabel = "S",
      description = "Only in this state: ${COMPLETION-CANDIDATES}.")
  private @Nullable ConversionState state;

  @Option(names = "--repository", paramLabel = "NAME", description = "Only of this repository.")
  private @Nullable String repository;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many, 1 to 500 (default: ${DEFAULT-VALUE}).",
      defaultValue = "50")
  private int limit;

  @Override
  public Integer call() throws RefusedCallException, IOException {
    Map<String, @Nullable String> query = new LinkedHashMap<>();
    query.put("state", state == null ? null : state.toString());
    query.put("repository", repository);
    query.put("limit", Integer.toString(limit));
    JsonNode page = new RemoteConversions(gateway.client()).list(query);
    PrintWriter out = spec.commandLine().getOut();
    page.path("items").forEach(conversion -> out.println(ConversionText.line(conversion)));
    out.flush();
    if (page.hasNonNull("next")) {
      spec.commandLine().getErr().println("There are more: --limit, --state or --repository.");
    }
    return 0;
  }
}
