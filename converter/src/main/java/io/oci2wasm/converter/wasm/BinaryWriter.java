package io.oci2wasm.converter.wasm;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the primitives of the binary format (core specification 2.0, section 5.2) to memory. */
public final class BinaryWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public BinaryWriter u8(int value) {
    out.write(value);
    return this;
  }

  /** An unsigned LEB128 number of 32 bits, in as few bytes as it needs. */
  public BinaryWriter u32(long value) {
    if (value < 0 || value > 0xffff_ffffL) {
      throw new IllegalArgumentException("u32: found " + value + ", expected 0 to 2^32-1");
    }
    long rest = value;
    while (rest >= 0x80) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
    return this;
  }

  /** A name: its length and UTF-8 bytes. */
  public BinaryWriter name(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    return u32(utf8.length).bytes(utf8);
  }

  public BinaryWriter bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  public BinaryWriter bytes(ByteBuffer bytes) {
    return bytes(BinaryReader.bytesOf(bytes));
  }

  public BinaryWriter section(SectionId id, byte[] body) {
    return u8(id.code()).u32(body.length).bytes(body);
  }

  public int size() {
    return out.size();
  }

  public byte[] toByteArray() {
    return out.toByteArray();
  }
}
