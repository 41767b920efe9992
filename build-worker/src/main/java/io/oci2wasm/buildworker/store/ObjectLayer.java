package io.oci2wasm.buildworker.store;

import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A layer in the object store: its index in a local file, its data read as it is asked for. Pieces
 * are asked for in ascending order, so one open stream serves nearly all of them: a request for
 * each of 25,000 files would take minutes.
 */
final class ObjectLayer implements StoredLayer {
  private static final int BUFFER_BYTES = 128 * 1024;

  /** Skipping this much costs less than a new request. */
  private static final long MAX_SKIP_BYTES = 4L << 20;

  private final ObjectStore store;
  private final String dataKey;
  private final Path index;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private @Nullable InputStream stream;
  private long position;

  ObjectLayer(ObjectStore store, String dataKey, Path index) {
    this.store = store;
    this.dataKey = dataKey;
    this.index = index;
  }

  @Override
  public Path index() {
    return index;
  }

  @Override
  public void copyData(long offset, long length, WritableByteChannel target) throws IOException {
    if (length == 0) {
      return;
    }
    InputStream in = streamAt(offset);
    long left = length;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new EOFException(
            String.format(
                "object store, reading %s: found its end at byte %s, expected %s bytes;"
                    + " remove the layer's objects and convert again",
                dataKey, position, offset + length));
      }
      position += read;
      left -= read;
      ByteBuffer piece = ByteBuffer.wrap(buffer, 0, read);
      while (piece.hasRemaining()) {
        target.write(piece);
      }
    }
  }

  private InputStream streamAt(long offset) throws IOException {
    InputStream open = stream;
    if (open != null && offset >= position && offset - position <= MAX_SKIP_BYTES) {
      open.skipNBytes(offset - position);
      position = offset;
      return open;
    }
    closeStream();
    InputStream fresh =
        store
            .get(dataKey, offset)
            .orElseThrow(
                () ->
                    new IOException(
                        String.format(
                            "object store, reading %s: found an index without data; remove it and"
                                + " convert again",
                            dataKey)));
    stream = fresh;
    position = offset;
    return fresh;
  }

  private void closeStream() throws IOException {
    InputStream open = stream;
    stream = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      closeStream();
    } finally {
      Files.deleteIfExists(index);
    }
  }
}
