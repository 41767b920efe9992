package io.oci2wasm.buildworker.store;

import io.oci2wasm.converter.convert.LayerDataFile;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A layer that was written by this process a moment ago; its files go when it is closed. */
record LocalLayer(Path index, Path dataFile, LayerDataFile data) implements StoredLayer {
  @Override
  public void copyData(long offset, long length, WritableByteChannel target) throws IOException {
    data.copy(offset, length, target);
  }

  @Override
  public void close() throws IOException {
    data.close();
    Files.deleteIfExists(dataFile);
    Files.deleteIfExists(index);
  }
}
