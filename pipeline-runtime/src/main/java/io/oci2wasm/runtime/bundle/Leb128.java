package io.oci2wasm.runtime.bundle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Unsigned integers of a module (WebAssembly core specification, 5.2.2). */
final class Leb128 {
  private static final int MAX_BYTES = 5;

  private Leb128() {}

  /** The shortest form. */
  static byte[] encode(long value) {
    if (value < 0 || value >= 1L << 32) {
      throw new IllegalArgumentException("an integer " + value + " in a module");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long rest = value;
    while (rest >= 0x80) {
      bytes.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return bytes.toByteArray();
  }

  /** Reads one; also one of more bytes than it needs. */
  static long decode(ByteBuffer bytes) {
    long value = 0;
    for (int i = 0; i < MAX_BYTES; i++) {
      byte next = bytes.get();
      value |= (next & 0x7fL) << (7 * i);
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("an integer without an end in a module");
  }
}
