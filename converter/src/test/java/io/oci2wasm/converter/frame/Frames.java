package io.oci2wasm.converter.frame;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;

/** Frames in tests. */
public final class Frames {
  private Frames() {}

  /** What a guest sees of frames: a short one goes on with zeros. */
  public static byte[] contents(FrameTable table, ByteBuffer stored) throws IOException {
    byte[] contents = new byte[Math.toIntExact(table.contentBytes())];
    for (int frame = 0; frame < table.count(); frame++) {
      byte[] one = new byte[table.sizeBytes(frame)];
      stored.get((int) (stored.position() + table.start(frame)), one);
      byte[] content = table.asIs(frame) ? one : decompress(one);
      System.arraycopy(content, 0, contents, frame * FrameTable.FRAME_BYTES, content.length);
    }
    return contents;
  }

  private static byte[] decompress(byte[] frame) {
    return Zstd.decompress(frame, (int) Zstd.getFrameContentSize(frame));
  }

  /** The frames of {@code content}, and their table. */
  static FrameTable write(byte[] content, FrameCompression compression, ByteArrayOutputStream out)
      throws IOException {
    try (FrameOutput frames = new FrameOutput(out, compression)) {
      frames.write(content);
      return frames.finish();
    }
  }

  /** Reads a range by the reader. */
  static byte[] read(FrameTable table, byte[] stored, long offset, long length) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (FrameReader reader = new FrameReader()) {
      reader.copy(
          "a layer",
          table,
          (from, count, target) -> target.write(ByteBuffer.wrap(stored, (int) from, (int) count)),
          offset,
          length,
          Channels.newChannel(out));
    }
    return out.toByteArray();
  }
}
