package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code oci2wasm batches}: shows batches, and pauses, resumes and cancels them. */
@Command(
    name = "batches",
    mixinStandardHelpOptions = true,
    description = "Lists batches, newest first, or shows, pauses, resumes or cancels one.")
public final class BatchesCommand implements Callable<Integer> {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private GatewayOptions gateway;

  @Parameters(paramLabel = "ID", arity = "0..1", description = "A batch's id.")
  private @Nullable String id;

  @ArgGroup private @Nullable Action action;

  /** One of them. */
  static final class Action {
    @Option(names = "--pause", description = "Start no more images until it is resumed.")
    private boolean pause;

    @Option(names = "--resume", description = "Resume a paused batch.")
    private boolean resume;

    @Option(
        names = "--cancel",
        description = "Start no more images. Those already started are finished.")
    @SuppressWarnings("UnusedVariable") // it is this one where it is none of the others
    private boolean cancel;

    @Option(names = "--wait", description = "Wait for its end, with progress on stderr.")
    private boolean wait;

    private String word() {
      return pause ? "pause" : resume ? "resume" : "cancel";
    }
  }

  @Override
  public Integer call() throws RefusedCallException, IOException {
    GatewayClient client = gateway.client();
    PrintWriter out = spec.commandLine().getOut();
    if (id == null) {
      if (action != null) {
        throw new ParameterException(
            spec.commandLine(), "batches: found no ID, expected that of the batch it is about");
      }
      list(client, out);
      return 0;
    }
    if (!ID.matcher(id).matches()) {
      throw new ParameterException(
          spec.commandLine(), "batches: found \"" + id + "\", expected an id of 32 hex digits");
    }
    if (action != null && action.wait) {
      return new BatchWait(client, out, spec.commandLine().getErr()).follow(id);
    }
    String path = BatchOptions.BATCHES + "/" + id;
    JsonNode batch =
        action == null
            ? client.get(path, Map.of())
            : client.post(path + "/" + action.word(), Map.of());
    BatchText.lines(batch, Instant.now()).forEach(out::println);
    out.flush();
    return 0;
  }

  private static void list(GatewayClient client, PrintWriter out)
      throws RefusedCallException, IOException {
    Map<String, @Nullable String> query = new LinkedHashMap<>();
    do {
      JsonNode page = client.get(BatchOptions.BATCHES, query);
      page.path("items").forEach(batch -> out.println(BatchText.line(batch)));
      query.put("page", page.path("next").asText(null));
    } while (query.get("page") != null);
    out.flush();
  }
}
