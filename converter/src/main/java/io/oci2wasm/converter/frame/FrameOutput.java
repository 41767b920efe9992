package io.oci2wasm.converter.frame;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.oci2wasm.api.recipe.Units;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes content as frames. The same content and compression give the same bytes, in whatever
 * pieces it comes. Closing frees memory only: the target is others'.
 */
public final class FrameOutput extends OutputStream {
  private final OutputStream target;
  private final @Nullable Compressor compressor;
  private final byte[] content = new byte[FrameTable.FRAME_BYTES];
  private final FrameTable.Builder table = new FrameTable.Builder();
  private int filled;

  public FrameOutput(OutputStream target, FrameCompression compression) {
    this.target = target;
    this.compressor = compression.level() > 0 ? new Compressor(compression.level()) : null;
  }

  /** zstd; where nothing is compressed, its library is not even loaded. */
  private static final class Compressor implements Closeable {
    private final ZstdCompressCtx context = new ZstdCompressCtx();
    private final byte[] compressed =
        new byte[Math.toIntExact(Zstd.compressBound(FrameTable.FRAME_BYTES))];

    Compressor(int level) {
      context.setLevel(level).setChecksum(true).setContentSize(true).setDictID(false);
    }

    /** Size of what is then in {@link #compressed}. */
    int compress(byte[] bytes, int offset, int length) {
      return context.compressByteArray(compressed, 0, compressed.length, bytes, offset, length);
    }

    @Override
    public void close() {
      context.close();
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      if (filled == 0 && left >= content.length) {
        writeFrame(bytes, at, content.length);
        at += content.length;
        left -= content.length;
        continue;
      }
      int taken = Math.min(left, content.length - filled);
      System.arraycopy(bytes, at, content, filled, taken);
      at += taken;
      left -= taken;
      filled += taken;
      if (filled == content.length) {
        writeFrame(content, 0, filled);
        filled = 0;
      }
    }
  }

  private void writeFrame(byte[] bytes, int offset, int length) throws IOException {
    if (compressor != null) {
      int size = compressor.compress(bytes, offset, length);
      if (size < length) {
        target.write(compressor.compressed, 0, size);
        table.add(size, false, Units.check(compressor.compressed, 0, size));
        return;
      }
    }
    target.write(bytes, offset, length);
    table.add(length, true, Units.check(bytes, offset, length));
  }

  /** Writes what is left as the last frame; nothing may be written after. */
  public FrameTable finish() throws IOException {
    if (filled > 0) {
      writeFrame(content, 0, filled);
      filled = 0;
    }
    return table.build();
  }

  @Override
  public void close() {
    if (compressor != null) {
      compressor.close();
    }
  }
}
