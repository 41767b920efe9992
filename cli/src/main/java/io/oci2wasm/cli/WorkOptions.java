package io.oci2wasm.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a conversion works. */
final class WorkOptions {
  @Option(
      names = "--layer-cache",
      paramLabel = "DIR",
      description =
          "Keep converted layers here, so that images that share them are converted faster."
              + " Default: none are kept.")
  private @Nullable Path layerCache;

  TemporaryConverter open() throws IOException {
    return TemporaryConverter.create(layerCache);
  }
}
