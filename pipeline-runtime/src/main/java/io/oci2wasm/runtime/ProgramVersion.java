package io.oci2wasm.runtime;

/** The version of this program. */
public final class ProgramVersion {
  private ProgramVersion() {}

  /** As its jar says; something else where there is none. */
  public static String text() {
    String version = ProgramVersion.class.getPackage().getImplementationVersion();
    return version == null ? "(unpackaged)" : version;
  }
}
