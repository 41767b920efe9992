package io.oci2wasm.cli.pipeline;

import java.nio.file.Path;

/** Where data is kept unless said otherwise. */
final class DataDirectory {
  private DataDirectory() {}

  /** {@code oci2wasm} in {@code $XDG_DATA_HOME} or {@code ~/.local/share}. */
  static Path usual() {
    String base = System.getenv("XDG_DATA_HOME");
    return base != null && !base.isEmpty()
        ? Path.of(base, "oci2wasm")
        : Path.of(System.getProperty("user.home"), ".local", "share", "oci2wasm");
  }
}
