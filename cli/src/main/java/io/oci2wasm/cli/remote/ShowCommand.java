package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code oci2wasm show}: one conversion and how it came about. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Shows one of a gateway's conversions with its history.")
public final class ShowCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private GatewayOptions gateway;

  @Parameters(paramLabel = "ID", description = "The conversion's id, as list prints it.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String id;

  @Override
  public Integer call() throws RefusedCallException, IOException {
    JsonNode found = new RemoteConversions(gateway.client()).get(id);
    PrintWriter out = spec.commandLine().getOut();
    out.println(ConversionText.line(found));
    line(out, "manifest", found.path("manifestDigest"));
    line(out, "bundle", found.path("bundle").path("digest"));
    line(out, "bytes", found.path("bundle").path("size"));
    line(out, "reason", found.path("reason"));
    line(out, "message", found.path("message"));
    for (JsonNode entry : found.path("history")) {
      out.println(
          String.format(
                  "  %s %-9s %s %s",
                  entry.path("time").asText(),
                  entry.path("state").asText(),
                  entry.path("stage").asText(),
                  entry.path("message").asText(""))
              .stripTrailing());
    }
    out.flush();
    return 0;
  }

  private static void line(PrintWriter out, String name, JsonNode value) {
    if (!value.isMissingNode() && !value.isNull()) {
      out.println(String.format("  %-8s %s", name, value.asText()));
    }
  }
}
