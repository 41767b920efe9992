package io.oci2wasm.converter.provenance;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.oci2wasm.api.BuilderId;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The builder of a bundle (SLSA provenance v1, "Builder"). Whoever trusts a statement trusts what
 * {@code id} names.
 *
 * @param version of each part that decides about the bytes
 */
@JsonPropertyOrder({"id", "version"})
public record Builder(String id, Map<String, String> version) {
  /** A pipeline whose operator has given it no name. */
  public static final String PIPELINE = "https://oci2wasm.io/builders/pipeline/v1";

  /** Someone's own machine. */
  public static final String COMMAND = "https://oci2wasm.io/builders/command/v1";

  public Builder {
    BuilderId.check(id);
    version = version == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(version));
  }
}
