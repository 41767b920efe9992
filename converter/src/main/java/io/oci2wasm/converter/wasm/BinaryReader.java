package io.oci2wasm.converter.wasm;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the primitives of the binary format (core specification 2.0, section 5.2). Whatever the
 * bytes, it throws {@link MalformedModuleException} only.
 */
public final class BinaryReader {
  /** A u32 has at most ceil(32 / 7) bytes (section 5.2.2). */
  private static final int MAX_U32_BYTES = 5;

  private final ByteBuffer bytes;
  private final int offset;
  private int at;

  /** {@code offset}: where {@code bytes} are in the module. */
  BinaryReader(ByteBuffer bytes, int offset) {
    this.bytes = bytes.slice();
    this.offset = offset;
  }

  boolean atEnd() {
    return at == bytes.limit();
  }

  /** Where the next byte is in the module. */
  int position() {
    return offset + at;
  }

  int u8(String structure) throws MalformedModuleException {
    if (atEnd()) {
      throw malformed(structure, "the end", "a byte");
    }
    return bytes.get(at++) & 0xff;
  }

  /** An unsigned LEB128 number of 32 bits. */
  long u32(String structure) throws MalformedModuleException {
    long value = 0;
    for (int i = 0; i < MAX_U32_BYTES; i++) {
      int next = u8(structure);
      value |= (long) (next & 0x7f) << (7 * i);
      if (next < 0x80) {
        if (value > 0xffff_ffffL) {
          break;
        }
        return value;
      }
    }
    throw malformed(structure, "a number of over 32 bits", "an unsigned LEB128 number of 32 bits");
  }

  /** A number of any width and sign, which is passed over. */
  void skipNumber(String structure) throws MalformedModuleException {
    int next;
    do {
      next = u8(structure);
    } while (next >= 0x80);
  }

  /** The next bytes where they are. */
  ByteBuffer slice(long length, String structure) throws MalformedModuleException {
    if (length > bytes.limit() - at) {
      throw malformed(structure, (bytes.limit() - at) + " more bytes", length + " bytes");
    }
    at += (int) length;
    return bytes.slice(at - (int) length, (int) length);
  }

  /** What was read since {@code position}, where it is. */
  ByteBuffer since(int position) {
    return bytes.slice(position - offset, position() - position);
  }

  /** A copy of the next bytes. */
  byte[] take(long length, String structure) throws MalformedModuleException {
    return bytesOf(slice(length, structure));
  }

  /** A copy of all that is left. */
  public byte[] rest(String structure) throws MalformedModuleException {
    return take(bytes.limit() - at, structure);
  }

  static byte[] bytesOf(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }

  /** A name: its length and UTF-8 bytes (section 5.2.4). */
  public String name(String structure) throws MalformedModuleException {
    byte[] utf8 = take(u32(structure), structure);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      MalformedModuleException malformed =
          malformed(structure, "bytes that are no UTF-8", "a name in UTF-8");
      malformed.initCause(e);
      throw malformed;
    }
  }

  MalformedModuleException malformed(String structure, String found, String expected) {
    return new MalformedModuleException(structure, position(), found, expected);
  }
}
