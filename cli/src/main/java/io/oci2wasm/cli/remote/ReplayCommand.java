package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code oci2wasm replay}: dead letters get another try. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description =
        "Replays dead letters: those named, or every open one that matches all of the options. `GET"
            + " /api/v1/dead-letters` lists them.")
public final class ReplayCommand implements Callable<Integer> {
  private static final String LETTERS = "/api/v1/dead-letters";

  /** As for whatever else is refused: the same call fails again. */
  private static final int REFUSED = 1;

  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private GatewayOptions gateway;

  @Parameters(paramLabel = "ID", arity = "0..*", description = "Ids of dead letters.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = "--stage",
      paramLabel = "S",
      description = "Their stage: gateway, ingest, resolve, build, deliver or notify.")
  private @Nullable String stage;

  @Option(
      names = "--reason",
      paramLabel = "R",
      description = "Their reason, e.g. registry-unavailable.")
  private @Nullable String reason;

  @Option(
      names = "--repository",
      paramLabel = "GLOB",
      description = "The image's repository. * is any characters, ? one character.")
  private @Nullable String repository;

  @Option(names = "--all", description = "All open dead letters.")
  private boolean all;

  @Option(names = "--force", description = "Also those that were replayed before.")
  private boolean force;

  @Option(names = "--dry-run", description = "Only list what would be replayed.")
  private boolean dryRun;

  @Override
  public Integer call() throws RefusedCallException, IOException {
    boolean filtered = stage != null || reason != null || repository != null || all;
    if (filtered != ids.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          String.format(
              "replay: found %s, expected ids, or some of --stage, --reason and"
                  + " --repository, or --all",
              filtered ? "ids and a filter" : "neither ids nor a filter"));
    }
    for (String id : ids) {
      if (!ID.matcher(id).matches()) {
        throw new ParameterException(
            spec.commandLine(),
            "replay: found \"" + id + "\", expected a dead letter's id of 32 hex digits");
      }
    }
    GatewayClient client = gateway.client();
    int refused = 0;
    for (JsonNode result : filtered ? matching(client) : named(client)) {
      print(result);
      refused += result.path("result").asText().equals("refused") ? 1 : 0;
    }
    return refused == 0 ? 0 : REFUSED;
  }

  private List<JsonNode> matching(GatewayClient client) throws RefusedCallException, IOException {
    Map<String, Object> selection = new LinkedHashMap<>();
    if (stage != null) {
      selection.put("stage", stage);
    }
    if (reason != null) {
      selection.put("reason", reason);
    }
    if (repository != null) {
      selection.put("repository", repository);
    }
    selection.put("all", all);
    selection.put("force", force);
    selection.put("dryRun", dryRun);
    List<JsonNode> results = new ArrayList<>();
    client.post(LETTERS + "/replay", selection).path("items").forEach(results::add);
    return results;
  }

  private List<JsonNode> named(GatewayClient client) throws RefusedCallException, IOException {
    List<JsonNode> results = new ArrayList<>();
    for (String id : ids) {
      results.add(
          dryRun
              ? client.get(LETTERS + "/" + id, Map.of())
              : client.post(LETTERS + "/" + id + "/replay?force=" + force, Map.of()));
    }
    return results;
  }

  /**
   * One line for each: what was done, or how it stands, the letter, where and why it failed, its
   * image, its request, and why not.
   */
  private void print(JsonNode result) {
    PrintWriter out = spec.commandLine().getOut();
    String done = result.path("result").asText(result.path("state").asText());
    JsonNode image = result.path("image");
    String message =
        result.has("result") && result.has("message") ? "  " + result.path("message").asText() : "";
    out.println(
        String.format(
            "%s %s  %s %s  %s  %s%s",
            done,
            result.path("id").asText(),
            result.path("stage").asText(),
            result.path("reason").asText(),
            image.isObject() ? Json.MAPPER.convertValue(image, ImageReference.class) : "no image",
            result.path("requestId").asText("no request"),
            message));
    out.flush();
  }
}
