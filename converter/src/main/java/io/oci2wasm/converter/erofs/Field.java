package io.oci2wasm.converter.erofs;

import java.nio.ByteBuffer;

/**
 * A little-endian field of an on-disk structure.
 *
 * @param offset where it is in the structure
 * @param width how many bytes it has: 1, 2, 4 or 8
 */
record Field(int offset, int width) {
  /**
   * Writes {@code value} into the structure that begins at {@code start} of {@code target}, which
   * is little-endian.
   *
   * @throws IllegalArgumentException if it needs more bytes than the field has
   */
  void put(ByteBuffer target, int start, long value) {
    int at = start + offset;
    if (width < Long.BYTES && value >>> (8 * width) != 0) {
      throw new IllegalArgumentException(
          "EROFS field at " + offset + ": found " + value + ", expected " + width + " bytes");
    }
    switch (width) {
      case 1 -> target.put(at, (byte) value);
      case 2 -> target.putShort(at, (short) value);
      case 4 -> target.putInt(at, (int) value);
      case 8 -> target.putLong(at, value);
      default -> throw new IllegalStateException("width " + width + " of " + this);
    }
  }
}
