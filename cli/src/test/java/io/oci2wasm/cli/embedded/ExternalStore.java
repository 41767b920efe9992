package io.oci2wasm.cli.embedded;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The embedded S3 server as a process of its own: {@code ExternalStore DIR}. Prints its address
 * when it serves; its credentials lie beside DIR.
 */
public final class ExternalStore {
  private ExternalStore() {}

  public static void main(String[] args) throws IOException {
    System.out.println(EmbeddedStore.start(Path.of(args[0])).endpoint());
  }
}
