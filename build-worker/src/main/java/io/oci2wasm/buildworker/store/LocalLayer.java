package io.oci2wasm.buildworker.store;

import io.oci2wasm.converter.convert.LayerDataFile;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.runtime.store.StoreCalls;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Future;

/**
 * A layer that this process packed a moment ago; its files go when it is closed.
 *
 * @param writing what writes it to the store
 */
record LocalLayer(Path index, Path dataFile, LayerDataFile data, Future<?> writing)
    implements StoredLayer {
  @Override
  public void copyData(long offset, long length, WritableByteChannel target) throws IOException {
    data.copy(offset, length, target);
  }

  @Override
  public void settle() throws IOException {
    Object unused = StoreCalls.answer(writing);
  }

  @Override
  public void close() throws IOException {
    try {
      settle();
    } finally {
      writing.cancel(true);
      data.close();
      Files.deleteIfExists(dataFile);
      Files.deleteIfExists(index);
    }
  }
}
