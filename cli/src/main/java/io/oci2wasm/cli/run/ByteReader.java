package io.oci2wasm.cli.run;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Reads WebAssembly's binary format from a file in memory (core specification, section 5). */
final class ByteReader {
  private final Path file;
  private final ByteBuffer bytes;

  ByteReader(Path file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  int position() {
    return bytes.position();
  }

  boolean atEnd() {
    return !bytes.hasRemaining();
  }

  int u8(String what) throws RejectedException {
    try {
      return bytes.get() & 0xff;
    } catch (BufferUnderflowException e) {
      throw malformed(what, "the end of the file");
    }
  }

  /** An unsigned LEB128 number of at most 32 bits that is also a valid length (section 5.2.2). */
  int u32(String what) throws RejectedException {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int next = u8(what);
      value |= (long) (next & 0x7f) << shift;
      if ((next & 0x80) == 0) {
        if (value > Integer.MAX_VALUE) {
          throw malformed(what, "the number " + value);
        }
        return (int) value;
      }
    }
    throw malformed(what, "a number of more than five bytes");
  }

  /** Passes over a number of any width (section 5.2.2). */
  void skipNumber(String what) throws RejectedException {
    while ((u8(what) & 0x80) != 0) {}
  }

  /** Passes over {@code length} bytes, which start at the returned position. */
  int skip(int length, String what) throws RejectedException {
    if (length > bytes.remaining()) {
      throw malformed(what, bytes.remaining() + " bytes left of " + length);
    }
    int start = bytes.position();
    bytes.position(start + length);
    return start;
  }

  byte[] bytes(int length, String what) throws RejectedException {
    int start = skip(length, what);
    byte[] copy = new byte[length];
    bytes.get(start, copy);
    return copy;
  }

  /** What is said of a file that is no WebAssembly module. */
  RejectedException malformed(String what, String found) {
    return new RejectedException(
        Reason.MANIFEST_INVALID,
        String.format(
            "reading %s at byte %s, %s: found %s, expected a WebAssembly module; check"
                + " that the file is whole",
            file, bytes.position(), what, found));
  }
}
