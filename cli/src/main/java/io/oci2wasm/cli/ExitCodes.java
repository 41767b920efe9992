package io.oci2wasm.cli;

/**
 * Exit codes of every subcommand but {@code run}, whose exit code is the container's
 * (docs/FORMATS.md, "Host contract").
 */
final class ExitCodes {
  static final int OK = 0;

  /** The image, or what was asked of it, is refused: the same call fails again. */
  static final int REJECTED = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** A registry or a disk did not do its part: the same call may succeed later. */
  static final int UNAVAILABLE = 3;

  /** A defect of oci2wasm. */
  static final int INTERNAL = 70;

  private ExitCodes() {}
}
