package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.cli.progress.Sizes;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code oci2wasm gc}: has a gateway remove what is no longer wanted; it only tells unless asked.
 */
@Command(
    name = "gc",
    mixinStandardHelpOptions = true,
    description = {
      "Removes blobs, converted layers and bundles that are no longer wanted, by the gateway's"
          + " rules (retention.* of its configuration).",
      "Without --yes it only lists what would be removed."
    })
public final class GcCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final GatewayOptions gateway = new GatewayOptions();

  @ArgGroup private @Nullable Mode mode;

  /** One or the other. */
  static final class Mode {
    @Option(
        names = "--dry-run",
        description = "Only list what would be removed. This is the default.")
    @SuppressWarnings("UnusedVariable") // what counts is that --yes cannot stand beside it
    private boolean dryRun;

    @Option(names = "--yes", description = "Remove it.")
    private boolean yes;
  }

  @Override
  public Integer call() throws RefusedCallException, IOException {
    boolean remove = mode != null && mode.yes;
    GatewayClient client = gateway.client();
    JsonNode begun = client.post(GcWait.GC, Map.of("dryRun", !remove));
    JsonNode report = new GcWait(client, GcWait.PATIENCE).report(begun);
    print(report, spec.commandLine().getOut(), remove);
    return 0;
  }

  private static void print(JsonNode report, PrintWriter out, boolean removed) {
    for (JsonNode image : report.path("images")) {
      JsonNode reference = image.path("image");
      out.println(
          String.format(
              "%s %s/%s@%s, used %s",
              image.path("rule").asText(),
              reference.path("registry").asText(),
              reference.path("repository").asText(),
              reference.path("digest").asText(),
              image.path("used").asText()));
    }
    long unnamed = report.path("unwantedImages").asLong() - report.path("images").size();
    if (unnamed > 0) {
      out.println("and " + unnamed + " more images");
    }
    long objects = 0;
    long bytes = 0;
    for (JsonNode line : report.path("removed")) {
      out.format(
          Locale.ROOT,
          "%-9s %-11s %8d objects %12s%n",
          line.path("kind").asText(),
          line.path("rule").asText(),
          line.path("objects").asLong(),
          Sizes.text(line.path("bytes").asLong()));
      objects += line.path("objects").asLong();
      bytes += line.path("bytes").asLong();
    }
    out.println(
        String.format(
            "%s %d of %d objects, %s%s",
            removed ? "removed" : "would remove",
            objects,
            report.path("objects").asLong(),
            Sizes.text(bytes),
            removed || objects == 0 ? "" : "; run again with --yes to remove them"));
    out.flush();
  }
}
