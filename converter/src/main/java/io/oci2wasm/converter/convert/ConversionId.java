package io.oci2wasm.converter.convert;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import java.nio.charset.StandardCharsets;

/** Names a conversion by everything that goes into it (docs/FORMATS.md, "Conversion id"). */
public final class ConversionId {
  private ConversionId() {}

  /**
   * 64 hex digits: SHA-256 of the canonical JSON (RFC 8785) of what is converted by what.
   *
   * @param manifest digest of the platform's manifest; of its config for a docker archive
   * @param engine digest of engine.wasm, without translations
   * @param packer the packer version
   */
  public static String of(
      Sha256Digest manifest, Sha256Digest engine, ConversionOptions options, String packer) {
    // Members in ascending order, no white space, and only integers and ASCII without escapes in
    // the values: this text is its own canonical form (RFC 8785, section 3.2).
    String canonical =
        "{\"converterVersion\":\""
            + ConverterVersion.CONVERTER
            + "\",\"engine\":\""
            + engine
            + "\",\"manifest\":\""
            + manifest
            + "\",\"options\":"
            + json(options)
            + ",\"packer\":\""
            + packer
            + "\"}";
    return Sha256Digest.of(canonical.getBytes(StandardCharsets.UTF_8)).hex();
  }

  private static String json(ConversionOptions options) {
    try {
      return Json.MAPPER.writeValueAsString(options);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a record of numbers is always JSON", e);
    }
  }
}
