package io.oci2wasm.build.convert;

import io.oci2wasm.api.Sha256Digest;
import java.nio.charset.StandardCharsets;

/** Names a conversion by everything that goes into it (docs/FORMATS.md, "Conversion id"). */
public final class ConversionId {
  private ConversionId() {}

  /**
   * 64 hex digits: SHA-256 of the canonical JSON (RFC 8785) of what is converted by what.
   *
   * @param manifest digest of the platform's manifest; of its config for a docker archive
   * @param engine digest of engine.wasm
   */
  public static String of(Sha256Digest manifest, Sha256Digest engine) {
    // Members in ascending order, no white space, and only ASCII without escapes in the values:
    // this text is its own canonical form (RFC 8785, section 3.2).
    String canonical =
        "{\"converterVersion\":\""
            + ConverterVersion.CONVERTER
            + "\",\"engine\":\""
            + engine
            + "\",\"manifest\":\""
            + manifest
            + "\",\"options\":{}}";
    return Sha256Digest.of(canonical.getBytes(StandardCharsets.UTF_8)).hex();
  }
}
