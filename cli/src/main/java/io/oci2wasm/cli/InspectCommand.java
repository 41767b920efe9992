package io.oci2wasm.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.converter.bundle.BundleDescription;
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
    description = {
      "Prints what went into a bundle: image, engine, sizes, licences (JSON), and whether it is a"
          + " module or a component. Of a split bundle it also tells whether the data file is"
          + " beside the module and belongs to it.",
      "If MODULE.provenance.json exists, also prints who made the bundle and whether the statement"
          + " matches it."
    },
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
    BundleFile bundle = BundleFile.open(module);
    JsonNode description = Json.MAPPER.readTree(bundle.description());
    if (description instanceof ObjectNode object) {
      object.put("form", bundle.isComponent() ? "component" : "module");
      if (object.get("data") instanceof ObjectNode data) {
        Path file = bundle.folder().resolve(data.path("file").asText());
        data.put("state", state(object, file));
      }
      ProvenanceFile.beside(module)
          .check(module)
          .ifPresent(check -> object.set("provenance", Json.MAPPER.valueToTree(check)));
    }
    spec.commandLine()
        .getOut()
        .println(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(description));
    spec.commandLine().getOut().flush();
    return ExitCodes.OK;
  }

  private static String state(ObjectNode description, Path file) throws IOException {
    BundleDescription.Data expected =
        Json.MAPPER.treeToValue(description.get("data"), BundleDescription.Data.class);
    return DataFile.fault(expected.size(), expected.identity(), file)
        .map(fault -> file + ": " + fault)
        .orElse("matches");
  }
}
