package io.oci2wasm.converter.train;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.nio.file.Path;

/** Runs an engine with {@code --replay} (docs/FORMATS.md, "Trained bundles"). */
@FunctionalInterface
public interface Replay {
  /**
   * The engine's standard output.
   *
   * @param module the engine, as a bundle of nothing
   * @param job its standard input
   * @throws RejectedException if it refuses the job, or takes too long or too much for it
   */
  byte[] run(Path module, byte[] job) throws RejectedException, IOException, InterruptedException;
}
