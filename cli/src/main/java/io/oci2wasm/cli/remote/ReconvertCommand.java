package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Platform;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code oci2wasm reconvert}: converts again what was asked for, as after a new engine. */
@Command(
    name = "reconvert",
    mixinStandardHelpOptions = true,
    description =
        "Converts images of a registry again that were requested before, for example with a new"
            + " engine version. What is already converted with the same engine and options stays as"
            + " it is.")
public final class ReconvertCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private BatchOptions batch;

  @Option(
      names = "--platform",
      paramLabel = "P",
      description = "Only this platform, e.g. linux/riscv64. Default: all that are configured.")
  private List<Platform> platforms = new ArrayList<>();

  @Option(
      names = "--since",
      paramLabel = "T",
      description =
          "Only what was requested since then: a time (2026-11-24T06:40:23Z), a day (2026-11-24),"
              + " or how long ago (7d, 12h, 30m).")
  private @Nullable String since;

  @Option(names = "--force", description = "Also convert what is already converted.")
  private boolean force;

  @Option(names = "--dry-run", description = "Only list what would be converted.")
  private boolean dryRun;

  @Override
  public Integer call() throws RefusedCallException, IOException {
    Map<String, Object> order = batch.order("reconvert");
    order.put("platforms", platforms);
    order.put("force", force);
    if (since != null) {
      order.put("since", batch.since(since));
    }
    if (!dryRun) {
      return batch.begin(order);
    }
    order.put("dryRun", true);
    print(batch.client().post(BatchOptions.BATCHES, order));
    return 0;
  }

  private void print(JsonNode preview) {
    PrintWriter out = spec.commandLine().getOut();
    for (JsonNode image : preview.path("sample")) {
      out.println(
          String.format(
              "%s/%s%s@%s",
              image.path("registry").asText(),
              image.path("repository").asText(),
              image.has("tag") ? ":" + image.path("tag").asText() : "",
              image.path("digest").asText()));
    }
    int images = preview.path("images").asInt();
    int unnamed = images - preview.path("sample").size();
    if (unnamed > 0) {
      out.println("and " + unnamed + " more images");
    }
    out.println(
        String.format(
            "would convert %s images of %s repositories",
            images, preview.path("repositories").asInt()));
    out.flush();
  }
}
