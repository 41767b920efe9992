package io.oci2wasm.cli;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.cli.run.BundleFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a bundle says of itself. */
@Command(
    name = "inspect",
    description = "Prints what went into a bundle: image, engine, sizes, licences (JSON).",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(paramLabel = "MODULE", description = "The bundle, a .wasm file.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path module;

  @Override
  public Integer call() throws RejectedException, IOException {
    byte[] json = BundleFile.open(module).description();
    spec.commandLine()
        .getOut()
        .println(
            Json.MAPPER
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(Json.MAPPER.readTree(json)));
    spec.commandLine().getOut().flush();
    return ExitCodes.OK;
  }
}
