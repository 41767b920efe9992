package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code scan} and {@code reconvert} have in common. */
final class BatchOptions {
  static final String BATCHES = "/api/v1/batches";

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private GatewayOptions gateway;

  @Option(
      names = "--registry",
      paramLabel = "HOST[:PORT]",
      required = true,
      description = "The registry, as in image references.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String registry;

  @Option(
      names = "--repository",
      paramLabel = "GLOB",
      description =
          "Only repositories that match: * is any characters but /, ** any characters, ? one"
              + " character. May be repeated. Default: all.")
  private List<String> repositories = new ArrayList<>();

  @Option(
      names = "--rate",
      paramLabel = "N/s",
      description = "Start at most this many images per second, e.g. 2/s or 0.5/s.")
  private @Nullable String rate;

  @Option(
      names = "--wait",
      description =
          "Wait for its end, with progress on stderr. The exit code is 1 if an image failed.")
  private boolean wait;

  /** Where the gateway is. */
  GatewayClient client() {
    return gateway.client();
  }

  /** The body that asks for a batch of a kind; more may be put into it. */
  Map<String, Object> order(String kind) {
    Map<String, Object> order = new LinkedHashMap<>();
    order.put("kind", kind);
    order.put("registry", registry);
    order.put("repositories", repositories);
    if (rate != null) {
      order.put("rate", perSecond(rate));
    }
    return order;
  }

  private double perSecond(String text) {
    if (!text.matches("[0-9]{1,6}(\\.[0-9]{1,6})?(/s)?")) {
      throw new ParameterException(
          spec.commandLine(), "--rate: found \"" + text + "\", expected N/s, e.g. 2/s or 0.5/s");
    }
    return Double.parseDouble(text.replace("/s", ""));
  }

  /** Begins a batch, says its id, and waits for its end if that was asked for. */
  int begin(Map<String, Object> order) throws RefusedCallException, IOException {
    GatewayClient client = client();
    PrintWriter out = spec.commandLine().getOut();
    JsonNode batch = client.post(BATCHES, order);
    String id = batch.path("id").asText();
    out.println(BatchText.line(batch));
    out.flush();
    return wait ? new BatchWait(client, out, spec.commandLine().getErr()).follow(id) : 0;
  }

  /** A moment: a time, a day, or so long ago. */
  String since(String text) {
    try {
      return TimeOption.parse(text, Clock.systemUTC()).toString();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--since: " + e.getMessage(), e);
    }
  }
}
