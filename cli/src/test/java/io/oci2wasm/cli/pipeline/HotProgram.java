package io.oci2wasm.cli.pipeline;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A program for riscv64 that counts down and ends. Its code is in its first page; it has two, so
 * that both are whole blocks of a layer.
 */
final class HotProgram {
  private static final int PAGE_BYTES = 4096;
  private static final long ADDRESS = 0x10000;
  private static final int HEADER_BYTES = 64;
  private static final int SEGMENT_BYTES = 56;

  /** Unprivileged specification, chapters "RV32I" and "RV64I"; the loop is executed 2^25 times. */
  private static final int[] CODE = {
    0x020002b7, // lui t0, 0x2000
    0xfff28293, // 1: addi t0, t0, -1
    0xfe029ee3, // bnez t0, 1b
    0x00000513, // li a0, 0
    0x05d00893, // li a7, 93: exit
    0x00000073 // ecall
  };

  private HotProgram() {}

  /** An ELF file with one segment, which is all of it. */
  static byte[] bytes() {
    ByteBuffer file = ByteBuffer.allocate(2 * PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    file.putShort((short) 2).putShort((short) 243).putInt(1);
    file.putLong(ADDRESS + HEADER_BYTES + SEGMENT_BYTES).putLong(HEADER_BYTES).putLong(0);
    file.putInt(0).putShort((short) HEADER_BYTES).putShort((short) SEGMENT_BYTES);
    file.putShort((short) 1).position(HEADER_BYTES);
    file.putInt(1).putInt(5).putLong(0).putLong(ADDRESS).putLong(ADDRESS);
    file.putLong(file.capacity()).putLong(file.capacity()).putLong(PAGE_BYTES);
    for (int instruction : CODE) {
      file.putInt(instruction);
    }
    return file.put(file.capacity() - 1, (byte) 1).array();
  }

  /** The page with the code. */
  static byte[] hotPage() {
    return Arrays.copyOf(bytes(), PAGE_BYTES);
  }

  /** The other one, of which nothing is executed. */
  static byte[] coldPage() {
    return Arrays.copyOfRange(bytes(), PAGE_BYTES, 2 * PAGE_BYTES);
  }
}
