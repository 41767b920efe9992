package io.oci2wasm.cli.progress;

/**
 * Whether a person is at the other end. The launcher asks the system and passes the answer on: Java
 * has no call for it that means the same in all versions.
 */
final class Terminal {
  private static final String STDERR_PROPERTY = "oci2wasm.stderr.terminal";

  private Terminal() {}

  static boolean isStderr() {
    return Boolean.getBoolean(STDERR_PROPERTY);
  }
}
