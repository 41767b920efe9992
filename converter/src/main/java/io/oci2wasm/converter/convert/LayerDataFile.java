package io.oci2wasm.converter.convert;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A converted layer's data in a local file, open for reading. */
public final class LayerDataFile implements Closeable {
  private static final int COPY_BYTES = 256 << 10;

  private final Path file;
  private final FileChannel channel;

  public LayerDataFile(Path file) throws IOException {
    this.file = file;
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
  }

  /** Writes {@code length} bytes from {@code offset} on to {@code target}. */
  public void copy(long offset, long length, WritableByteChannel target) throws IOException {
    if (target instanceof FileChannel targetFile) {
      copyToFile(offset, length, targetFile);
      return;
    }
    // transferTo moves 8 KiB at a time to a channel that is no file's (JDK 17).
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(length, COPY_BYTES));
    long done = 0;
    while (done < length) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
      int got = channel.read(buffer, offset + done);
      if (got < 0) {
        throw tooShort(offset + done);
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        target.write(buffer);
      }
      done += got;
    }
  }

  private void copyToFile(long offset, long length, FileChannel target) throws IOException {
    long done = 0;
    while (done < length) {
      long moved = channel.transferTo(offset + done, length - done, target);
      if (moved <= 0) {
        throw tooShort(offset + done);
      }
      done += moved;
    }
  }

  private IOException tooShort(long end) {
    return new EOFException(
        String.format(
            "reading layer data %s: found its end at byte %s, expected more; remove its"
                + " directory and convert again",
            file, end));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
