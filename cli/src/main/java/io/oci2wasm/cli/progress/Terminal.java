package io.oci2wasm.cli.progress;

/** Whether a person watches. */
final class Terminal {
  /** Set by the launcher, which can ask the system; Java 17 only knows of stdin and stdout. */
  private static final String STDERR_PROPERTY = "oci2wasm.stderr.terminal";

  private Terminal() {}

  static boolean isStderr() {
    return Boolean.getBoolean(STDERR_PROPERTY);
  }
}
