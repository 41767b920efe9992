package io.oci2wasm.cli.progress;

/**
 * Whether a person is at the other end. The launcher asks the system and passes the answer on: Java
 * has no call for it that means the same in all versions.
 */
public final class Terminal {
  private static final String STDIN_PROPERTY = "oci2wasm.stdin.terminal";
  private static final String STDERR_PROPERTY = "oci2wasm.stderr.terminal";

  private Terminal() {}

  public static boolean isStdin() {
    return Boolean.getBoolean(STDIN_PROPERTY);
  }

  static boolean isStderr() {
    return Boolean.getBoolean(STDERR_PROPERTY);
  }
}
