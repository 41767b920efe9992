package io.oci2wasm.build.store;

import io.oci2wasm.build.convert.LayerStore.StoredLayer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A layer that was written by this process a moment ago; its files go when it is closed. */
record LocalLayer(Path index, Path dataFile, FileChannel data) implements StoredLayer {
  @Override
  public void copyData(long offset, long length, WritableByteChannel target) throws IOException {
    long done = 0;
    while (done < length) {
      long moved = data.transferTo(offset + done, length - done, target);
      if (moved <= 0) {
        throw new EOFException(
            "reading " + dataFile + ": found its end at byte " + (offset + done));
      }
      done += moved;
    }
  }

  @Override
  public void close() throws IOException {
    data.close();
    Files.deleteIfExists(dataFile);
    Files.deleteIfExists(index);
  }
}
