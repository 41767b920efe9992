package io.oci2wasm.cli;

import io.oci2wasm.converter.frame.FrameCompression;
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

  TemporaryConverter open(FrameCompression compression) throws IOException {
    return TemporaryConverter.create(layerCache, compression);
  }

  /** Layers that nobody keeps and that are only unpacked again are not compressed in between. */
  TemporaryConverter openForRootfs() throws IOException {
    return open(layerCache == null ? FrameCompression.NONE : FrameCompression.DEFAULT);
  }
}
