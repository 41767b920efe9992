package io.oci2wasm.runtime.store;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;

/** Decides about an upload when all its bytes have been read and none is visible yet. */
public interface BeforeCommit {
  /**
   * Checks what was read.
   *
   * @throws RejectedException if the object must not come into being
   * @throws IOException if that cannot be decided now
   */
  void check() throws RejectedException, IOException;
}
