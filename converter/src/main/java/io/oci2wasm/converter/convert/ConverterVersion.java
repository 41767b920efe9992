package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.converter.provenance.Builder;
import java.util.Map;

/** Versions of the converter's output. Each is part of the name of what it writes. */
public final class ConverterVersion {
  /** Rises whenever the same image and engine would give another bundle. */
  public static final String CONVERTER = "3";

  private ConverterVersion() {}

  /** Another one whenever the same layer would give another {@code data} or {@code index}. */
  public static String packer(Tails tails, FrameCompression compression) {
    return tails.packer() + "-" + compression.version();
  }

  /** This converter as the builder {@code id}, for the provenance of what it makes. */
  public static Builder builder(String id, FrameCompression compression) {
    return new Builder(
        id, Map.of("converter", CONVERTER, "packer", packer(Tails.IN_DATA, compression)));
  }
}
