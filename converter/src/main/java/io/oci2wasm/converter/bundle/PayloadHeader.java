package io.oci2wasm.converter.bundle;

import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.converter.frame.FrameTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Data segment 16 of a bundle: magic, version, size of the launch description, size of the root
 * filesystem, guest memory or zero, what is known of the frames, and their table (docs/FORMATS.md,
 * "The bundle").
 */
public record PayloadHeader(int launchSize, FrameTable frames, @Nullable GuestMemory memory) {
  private static final int SIZE = 48;
  private static final byte[] MAGIC = "OCI2WASM".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 2;

  byte[] encode() {
    byte[] table = frames.encode();
    return ByteBuffer.allocate(SIZE + table.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putInt(VERSION)
        .putInt(launchSize)
        .putLong(frames.contentBytes())
        .putLong(memory == null ? 0 : memory.bytes())
        .putLong(frames.storedBytes())
        .putInt(FrameTable.FRAME_BYTES)
        .putInt(frames.count())
        .put(table)
        .array();
  }

  /**
   * The frame table of a segment that {@link #encode} made.
   *
   * @throws IllegalArgumentException if it is none of this version
   */
  public static FrameTable frames(ByteBuffer segment) {
    ByteBuffer header = segment.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (header.remaining() < SIZE || header.getInt(header.position() + MAGIC.length) != VERSION) {
      throw new IllegalArgumentException(
          "reading the payload header: found another version, expected " + VERSION);
    }
    return FrameTable.decode(header.position(header.position() + SIZE));
  }
}
