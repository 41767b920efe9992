package io.oci2wasm.converter.frame;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Reads content out of frames. Keeps the frame that it read last: reading in ascending order
 * decompresses each once. Not thread-safe.
 */
public final class FrameReader implements Closeable {
  /** Where frames are stored. */
  @FunctionalInterface
  public interface Source {
    /** Writes {@code length} stored bytes from {@code offset} to {@code target}. */
    void copy(long offset, long length, WritableByteChannel target) throws IOException;
  }

  /** Made for the first compressed frame. */
  private @Nullable ZstdDecompressCtx context;

  private final byte[] stored = new byte[FrameTable.FRAME_BYTES];
  private final byte[] content = new byte[FrameTable.FRAME_BYTES];
  private @Nullable FrameTable lastTable;
  private int lastFrame;
  private int contentBytes;

  /**
   * Writes {@code length} bytes of content from {@code offset}, which must be there.
   *
   * @param name of what is read, for messages
   * @throws IOException if a frame is damaged or lacks the bytes, or reading or writing failed
   */
  public void copy(
      String name,
      FrameTable table,
      Source source,
      long offset,
      long length,
      WritableByteChannel target)
      throws IOException {
    long at = offset;
    long end = offset + length;
    while (at < end) {
      int frame = Math.toIntExact(at / FrameTable.FRAME_BYTES);
      int within = (int) (at % FrameTable.FRAME_BYTES);
      long part = Math.min(end - at, FrameTable.FRAME_BYTES - within);
      if (frame >= table.count()) {
        throw damaged(name, frame, "no such frame, only " + table.count(), null);
      }
      if (table.asIs(frame)) {
        if (within + part > table.sizeBytes(frame)) {
          throw damaged(name, frame, table.sizeBytes(frame) + " bytes", null);
        }
        part += wholeBehind(table, frame, end - at - part);
        source.copy(table.start(frame) + within, part, target);
      } else {
        read(name, table, source, frame);
        if (within + part > contentBytes) {
          throw damaged(name, frame, contentBytes + " bytes", null);
        }
        writeAll(ByteBuffer.wrap(content, within, (int) part), target);
      }
      at += part;
    }
  }

  /** Bytes, up to {@code most}, of whole frames behind one, which lie as their contents do. */
  private static long wholeBehind(FrameTable table, int frame, long most) {
    int next = frame + 1;
    long bytes = 0;
    while (table.sizeBytes(frame) == FrameTable.FRAME_BYTES
        && bytes + FrameTable.FRAME_BYTES <= most
        && next < table.count()
        && table.asIs(next)
        && table.sizeBytes(next) == FrameTable.FRAME_BYTES) {
      bytes += FrameTable.FRAME_BYTES;
      next++;
    }
    return bytes;
  }

  private void read(String name, FrameTable table, Source source, int frame) throws IOException {
    if (table == lastTable && frame == lastFrame) {
      return;
    }
    lastTable = null;
    int size = table.sizeBytes(frame);
    ArrayTarget target = new ArrayTarget(stored);
    source.copy(table.start(frame), size, target);
    if (target.filled() != size) {
      throw damaged(name, frame, target.filled() + " of " + size + " bytes", null);
    }
    if (context == null) {
      context = new ZstdDecompressCtx();
    }
    try {
      contentBytes = context.decompressByteArray(content, 0, content.length, stored, 0, size);
    } catch (ZstdException e) {
      throw damaged(name, frame, String.valueOf(e.getMessage()), e);
    }
    lastTable = table;
    lastFrame = frame;
  }

  private static IOException damaged(
      String name, int frame, String found, @Nullable Exception cause) {
    return new IOException(
        String.format(
            "reading %s, frame %s: found %s, expected a whole frame; remove what is damaged and"
                + " convert again",
            name, frame, found),
        cause);
  }

  private static void writeAll(ByteBuffer bytes, WritableByteChannel target) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }

  @Override
  public void close() {
    if (context != null) {
      context.close();
    }
  }

  /** A channel into an array, which takes no more than fits. */
  private static final class ArrayTarget implements WritableByteChannel {
    private final ByteBuffer array;

    ArrayTarget(byte[] array) {
      this.array = ByteBuffer.wrap(array);
    }

    int filled() {
      return array.position();
    }

    @Override
    public int write(ByteBuffer source) {
      int length = source.remaining();
      array.put(source);
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
