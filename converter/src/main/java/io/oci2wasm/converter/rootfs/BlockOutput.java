package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** Writes file content as blocks, through one buffer that files are read straight into. */
final class BlockOutput {
  private static final int BUFFER_BYTES = 64 * FileContent.BLOCK_SIZE;

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int filled;
  private long flushed;

  BlockOutput(OutputStream out) {
    this.out = out;
  }

  /** Takes up to {@code length} more bytes of a file from {@code content}; 0 at the file's end. */
  int take(TarContent content, long length) throws IOException, RejectedException {
    if (filled == buffer.length) {
      flush();
    }
    int got = content.read(buffer, filled, (int) Math.min(length, buffer.length - filled));
    filled += got;
    return got;
  }

  /** Fills the last block with zeros. */
  void pad() {
    int past = filled % FileContent.BLOCK_SIZE;
    if (past != 0) {
      Arrays.fill(buffer, filled, filled + FileContent.BLOCK_SIZE - past, (byte) 0);
      filled += FileContent.BLOCK_SIZE - past;
    }
  }

  /** Blocks so far, between files. */
  long blocks() {
    return (flushed + filled) / FileContent.BLOCK_SIZE;
  }

  void flush() throws IOException {
    out.write(buffer, 0, filled);
    flushed += filled;
    filled = 0;
  }
}
