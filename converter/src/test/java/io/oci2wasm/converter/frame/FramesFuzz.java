package io.oci2wasm.converter.frame;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Frames of any bytes, under any table, give what was asked for or are refused. Input: a u32 count
 * of frames, as many entries of their table, and what is stored.
 */
class FramesFuzz {
  private static final int MOST_FRAMES = 8;

  static Stream<byte[]> frames() {
    byte[] content = new byte[FrameTable.FRAME_BYTES];
    Arrays.fill(content, 0, 1000, (byte) 'a');
    byte[] zstd = Zstd.compress(content);
    byte[] short1 = Zstd.compress(new byte[10]);
    byte[] lying = short1.clone();
    // The content's size, of which a single segment's header of one byte tells.
    lying[5] = 100;
    byte[] bomb = Zstd.compress(new byte[64 << 20]);
    byte[] inBomb = Zstd.compress(bomb);
    return Stream.of(
        input(new int[] {zstd.length}, zstd),
        input(new int[] {4096 | 1 << 31, zstd.length}, content, zstd),
        input(new int[] {short1.length}, short1),
        input(new int[] {lying.length}, lying),
        input(new int[] {bomb.length}, bomb),
        input(new int[] {inBomb.length}, inBomb),
        // A table that says more, or less, than is stored.
        input(new int[] {zstd.length + 1}, zstd),
        input(new int[] {zstd.length - 1}, zstd),
        input(new int[] {FrameTable.FRAME_BYTES | 1 << 31}, new byte[5]),
        input(new int[] {0}, zstd),
        input(new int[] {FrameTable.FRAME_BYTES + 1}, zstd),
        input(new int[] {-1}, zstd),
        input(new int[0]),
        new byte[0]);
  }

  private static byte[] input(int[] entries, byte[]... stored) {
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    ByteBuffer table =
        ByteBuffer.allocate((entries.length + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    table.putInt(entries.length);
    for (int entry : entries) {
      table.putInt(entry);
    }
    input.writeBytes(table.array());
    for (byte[] each : stored) {
      input.writeBytes(each);
    }
    return input.toByteArray();
  }

  @MethodSource("frames")
  @FuzzTest
  void shouldReadOrRefuse(byte[] input) {
    if (input.length < Integer.BYTES) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    int count = Math.floorMod(bytes.getInt(), MOST_FRAMES);
    if (bytes.remaining() < count * Integer.BYTES) {
      return;
    }
    FrameTable table;
    try {
      table = FrameTable.decode(bytes.slice(bytes.position(), count * Integer.BYTES));
    } catch (IllegalArgumentException refused) {
      String unused = refused.getMessage();
      return;
    }
    byte[] stored =
        Arrays.copyOfRange(input, bytes.position() + count * Integer.BYTES, input.length);
    read(table, stored, 0, table.contentBytes());
    read(table, stored, 1, Math.max(0, table.contentBytes() - 2));
    read(table, stored, table.contentBytes(), 1);
  }

  private static void read(FrameTable table, byte[] stored, long offset, long length) {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try (FrameReader reader = new FrameReader()) {
      reader.copy(
          "fuzzed",
          table,
          (from, size, target) -> {
            int begin = (int) Math.min(from, stored.length);
            int end = (int) Math.min(from + size, stored.length);
            ByteBuffer some = ByteBuffer.wrap(stored, begin, end - begin);
            while (some.hasRemaining()) {
              target.write(some);
            }
            if (end - begin < size) {
              throw new IOException("found the end of what is stored");
            }
          },
          offset,
          length,
          Channels.newChannel(read));
    } catch (IOException refused) {
      String unused = refused.getMessage();
      return;
    }
    if (read.size() != length) {
      throw new AssertionError("found " + read.size() + " bytes, expected " + length);
    }
  }
}
