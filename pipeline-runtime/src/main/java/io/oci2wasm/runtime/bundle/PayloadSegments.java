package io.oci2wasm.runtime.bundle;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.oci2wasm.api.recipe.DataFile;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a module that end where its frames begin. The last of them are the payload header with
 * the frame table, the launch description and the begin of the frames' segment (docs/FORMATS.md,
 * "The bundle").
 */
final class PayloadSegments {
  private static final byte[] MAGIC = "OCI2WASM".getBytes(US_ASCII);
  private static final int PASSIVE = 1;
  private static final int VERSION = 2;
  private static final int SPLIT_VERSION = 3;
  private static final int VERSION_AT = 8;
  private static final int LAUNCH_SIZE_AT = 12;
  private static final int STORED_AT = 32;
  private static final int COUNT_AT = 44;
  private static final int HEADER_BYTES = 48;

  private final byte[] bytes;
  private final int header;
  private final int headerEnd;
  private final int launchEnd;

  private PayloadSegments(byte[] bytes, int header, int headerEnd, int launchEnd) {
    this.bytes = bytes;
    this.header = header;
    this.headerEnd = headerEnd;
    this.launchEnd = launchEnd;
  }

  /**
   * Finds the payload header.
   *
   * @param frameBytes size of all frames
   * @throws IllegalArgumentException if there is none
   */
  static PayloadSegments find(byte[] bytes, long frameBytes) {
    // Before it there may be bytes of the engine, which knows the magic, too.
    for (int at = 0; at <= bytes.length - HEADER_BYTES; at++) {
      if (isAt(bytes, at, MAGIC)) {
        PayloadSegments found = at(bytes, at, frameBytes);
        if (found != null) {
          return found;
        }
      }
    }
    throw new IllegalArgumentException("no payload header before the frames");
  }

  /** A header there tells of all that follows it; null if that is not what follows. */
  private static @Nullable PayloadSegments at(byte[] bytes, int header, long frameBytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long count = Integer.toUnsignedLong(in.getInt(header + COUNT_AT));
    long headerSize = HEADER_BYTES + count * Integer.BYTES;
    long launchSize = Integer.toUnsignedLong(in.getInt(header + LAUNCH_SIZE_AT));
    if (headerSize > bytes.length || launchSize > bytes.length) {
      return null;
    }
    byte[] before = segment(headerSize);
    byte[] between = segment(launchSize);
    byte[] behind = segment(frameBytes);
    long headerEnd = header + headerSize;
    long launchEnd = headerEnd + between.length + launchSize;
    boolean fits =
        in.getInt(header + VERSION_AT) == VERSION
            && in.getLong(header + STORED_AT) == frameBytes
            && launchEnd + behind.length == bytes.length
            && isAt(bytes, header - before.length, before)
            && isAt(bytes, (int) headerEnd, between)
            && isAt(bytes, (int) launchEnd, behind);
    return fits ? new PayloadSegments(bytes, header, (int) headerEnd, (int) launchEnd) : null;
  }

  private static byte[] segment(long size) {
    byte[] encoded = Leb128.encode(size);
    return ByteBuffer.allocate(1 + encoded.length).put((byte) PASSIVE).put(encoded).array();
  }

  private static boolean isAt(byte[] bytes, int at, byte[] expected) {
    return at >= 0
        && at + expected.length <= bytes.length
        && Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
  }

  byte[] frameTable() {
    return Arrays.copyOfRange(bytes, header + HEADER_BYTES, headerEnd);
  }

  /** The same bytes for a split bundle with this data file. */
  byte[] split(DataFile data) {
    byte[] more = data.header();
    int headerSize = headerEnd - header;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, header - segment(headerSize).length);
    out.writeBytes(segment(headerSize + more.length));
    byte[] first = Arrays.copyOfRange(bytes, header, header + HEADER_BYTES);
    ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).putInt(VERSION_AT, SPLIT_VERSION);
    out.writeBytes(first);
    out.writeBytes(more);
    out.write(bytes, header + HEADER_BYTES, launchEnd - header - HEADER_BYTES);
    out.writeBytes(segment(data.moduleFrameBytes()));
    return out.toByteArray();
  }
}
