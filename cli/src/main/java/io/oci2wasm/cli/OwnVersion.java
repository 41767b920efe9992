package io.oci2wasm.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints where there may be no engine: the command's version. */
final class OwnVersion implements IVersionProvider {
  /** For example {@code oci2wasm 0.1.0}. */
  static String line() {
    String own = OwnVersion.class.getPackage().getImplementationVersion();
    return "oci2wasm " + (own == null ? "(unpackaged)" : own);
  }

  @Override
  public String[] getVersion() {
    return new String[] {line()};
  }
}
