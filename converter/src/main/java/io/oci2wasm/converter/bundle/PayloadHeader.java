package io.oci2wasm.converter.bundle;

import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.converter.frame.FrameTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Data segment 16 of a bundle: magic, version, size of the launch description, size of the root
 * filesystem, guest memory or zero, what is known of the frames and of their file, if they have
 * one, and their table (docs/FORMATS.md, "The bundle", "Split bundles").
 */
public record PayloadHeader(
    int launchSize, FrameTable frames, @Nullable GuestMemory memory, @Nullable DataFile data) {
  private static final int SIZE = 48;
  private static final byte[] MAGIC = "OCI2WASM".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 2;
  private static final int SPLIT_VERSION = 3;

  byte[] encode() {
    byte[] table = frames.encode();
    int size = SIZE + (data == null ? 0 : DataFile.HEADER_BYTES);
    ByteBuffer header =
        ByteBuffer.allocate(size + table.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(MAGIC)
            .putInt(data == null ? VERSION : SPLIT_VERSION)
            .putInt(launchSize)
            .putLong(frames.contentBytes())
            .putLong(memory == null ? 0 : memory.bytes())
            .putLong(frames.storedBytes())
            .putInt(FrameTable.FRAME_BYTES)
            .putInt(frames.count());
    if (data != null) {
      header.put(data.header());
    }
    return header.put(table).array();
  }

  /**
   * The frame table of a segment that {@link #encode} made.
   *
   * @throws IllegalArgumentException if it is none of this version
   */
  public static FrameTable frames(ByteBuffer segment) {
    int start = segment.position() + SIZE;
    return switch (version(segment)) {
      case VERSION -> FrameTable.decode(segment.duplicate().position(start));
      case SPLIT_VERSION ->
          FrameTable.decode(segment.duplicate().position(start + DataFile.HEADER_BYTES));
      default ->
          throw new IllegalArgumentException(
              String.format(
                  "reading the payload header: found another version, expected %s or %s",
                  VERSION, SPLIT_VERSION));
    };
  }

  /**
   * The data file of a segment that {@link #encode} made; empty if the bundle is not split.
   *
   * @throws IllegalArgumentException if the segment is damaged
   */
  public static Optional<DataFile> dataFile(ByteBuffer segment) {
    if (version(segment) != SPLIT_VERSION) {
      return Optional.empty();
    }
    ByteBuffer header = segment.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return Optional.of(
        DataFile.decode(header.position(segment.position() + SIZE), frames(segment).storedBytes()));
  }

  /** 0 if it is shorter than its header. */
  private static int version(ByteBuffer segment) {
    if (segment.remaining() < SIZE) {
      return 0;
    }
    int version =
        segment
            .duplicate()
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt(segment.position() + MAGIC.length);
    boolean tooShort =
        version == SPLIT_VERSION && segment.remaining() < SIZE + DataFile.HEADER_BYTES;
    return tooShort ? 0 : version;
  }
}
