package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Memory of a bundle's machine: 64m to 3g, in whole pages of 4k (docs/FORMATS.md, "Host contract").
 * People write it as a size, e.g. {@code 512m}. In our JSON it is a number of bytes.
 */
public record GuestMemory(long bytes) {
  private static final long MIN_BYTES = 64L << 20;
  private static final long MAX_BYTES = 3L << 30;
  private static final long PAGE_BYTES = 4096;

  public GuestMemory {
    if (bytes < MIN_BYTES || bytes > MAX_BYTES || bytes % PAGE_BYTES != 0) {
      throw new IllegalArgumentException(
          "memory: found " + SizeText.of(bytes) + ", expected 64m to 3g, a multiple of 4k");
    }
  }

  /**
   * Reads the written form.
   *
   * @throws IllegalArgumentException if {@code text} is no size, or one that no engine can have
   */
  @JsonCreator
  public static GuestMemory parse(String text) {
    return new GuestMemory(SizeText.bytes(text));
  }

  @JsonCreator
  static GuestMemory ofBytes(long bytes) {
    return new GuestMemory(bytes);
  }

  @JsonValue
  long json() {
    return bytes;
  }

  @Override
  public String toString() {
    return SizeText.of(bytes);
  }
}
