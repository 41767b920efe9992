package io.oci2wasm.converter.train;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.util.List;

/**
 * Keeps what trainings have learnt of layers (docs/FORMATS.md, "Logs of layers"). Implementations
 * are safe for use by several threads, and by several processes: nothing that one adds is lost
 * because another adds at the same time.
 */
public interface LayerLogStore {
  /**
   * What is known of a layer from trainings, with whatever engines. Not all of it needs to be of
   * that layer: whoever added it says so.
   */
  List<Recording> read(Sha256Digest diffId) throws IOException;

  /** Adds what was learnt of a layer, as far as there is room for it. */
  void add(Sha256Digest diffId, List<Recording> learnt) throws IOException;
}
