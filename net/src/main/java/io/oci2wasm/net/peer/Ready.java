package io.oci2wasm.net.peer;

import java.io.IOException;

/** Something of a published port that the selector has found ready. */
interface Ready {
  void ready() throws IOException;
}
