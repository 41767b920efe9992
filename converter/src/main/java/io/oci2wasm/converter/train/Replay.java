package io.oci2wasm.converter.train;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.nio.file.Path;

/** What runs or reads modules for a translator (docs/FORMATS.md, "Trained bundles"). */
public interface Replay {
  /**
   * The standard output of an engine with {@code --replay}.
   *
   * @param module the engine, as a bundle of nothing
   * @param job its standard input
   * @throws RejectedException if it refuses the job, or takes too long or too much for it
   */
  byte[] run(Path module, byte[] job) throws RejectedException, IOException, InterruptedException;

  /**
   * Reads a module, and runs nothing of it.
   *
   * @throws RejectedException if it is not valid
   */
  void check(Path module) throws RejectedException, IOException, InterruptedException;
}
