package io.oci2wasm.build.convert;

/** Versions of what the converter writes; each is part of the name of what it writes. */
public final class ConverterVersion {
  /** Rises whenever the same image and engine would give another bundle. */
  public static final String CONVERTER = "1";

  /** Rises whenever the same layer would give another {@code data} or {@code index}. */
  public static final String PACKER = "1";

  private ConverterVersion() {}
}
