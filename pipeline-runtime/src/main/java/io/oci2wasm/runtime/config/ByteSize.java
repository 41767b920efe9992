package io.oci2wasm.runtime.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.SizeText;

/** A size with its unit as people write it: {@code 512}, {@code 64k}, {@code 8m}, {@code 1g}. */
public record ByteSize(long bytes) {
  /**
   * Reads the written form.
   *
   * @throws IllegalArgumentException if {@code text} has another form
   */
  @JsonCreator
  public static ByteSize parse(String text) {
    return new ByteSize(SizeText.bytes(text));
  }

  /** A size that is written without unit, which YAML takes for a number. */
  @JsonCreator
  static ByteSize ofBytes(long bytes) {
    return parse(Long.toString(bytes));
  }

  @JsonValue
  @Override
  public String toString() {
    return SizeText.of(bytes);
  }
}
