package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.converter.erofs.LayerContents;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The packed layers of one image, open for reading. Closes the indexes; the layers are others'. */
final class OpenLayers implements LayerContents, Closeable {
  private final List<StoredLayer> layers;
  private final List<FileChannel> indexes = new ArrayList<>();

  OpenLayers(List<StoredLayer> layers) throws IOException {
    this.layers = List.copyOf(layers);
    try {
      for (StoredLayer layer : layers) {
        indexes.add(FileChannel.open(layer.index(), StandardOpenOption.READ));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  @Override
  public void readTail(int layer, long offset, ByteBuffer target) throws IOException {
    long at = offset;
    while (target.hasRemaining()) {
      int got = indexes.get(layer).read(target, at);
      if (got < 0) {
        throw new IOException(
            String.format(
                "reading layer index %s: found its end at byte %s, expected a file's tail;"
                    + " remove the layer from the store and convert again",
                layers.get(layer).index(), at));
      }
      at += got;
    }
  }

  @Override
  public void copyData(int layer, long offset, long length, WritableByteChannel target)
      throws IOException {
    layers.get(layer).copyData(offset, length, target);
  }

  @Override
  public void close() throws IOException {
    for (FileChannel index : indexes) {
      index.close();
    }
  }
}
