package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.converter.erofs.LayerContents;
import io.oci2wasm.converter.frame.FrameReader;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.rootfs.FileContent;
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
  private final List<FrameTable> frames;
  private final List<FileChannel> indexes = new ArrayList<>();
  private final FrameReader reader = new FrameReader();

  OpenLayers(List<StoredLayer> layers, List<FrameTable> frames) throws IOException {
    this.layers = List.copyOf(layers);
    this.frames = List.copyOf(frames);
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
  public void copyBlocks(int layer, long firstBlock, long blocks, WritableByteChannel target)
      throws IOException {
    StoredLayer stored = layers.get(layer);
    reader.copy(
        "the data of layer index " + stored.index(),
        frames.get(layer),
        stored::copyData,
        firstBlock * FileContent.BLOCK_SIZE,
        blocks * FileContent.BLOCK_SIZE,
        target);
  }

  @Override
  public void copyFrames(int layer, int firstFrame, int count, WritableByteChannel target)
      throws IOException {
    FrameTable table = frames.get(layer);
    long start = table.start(firstFrame);
    layers.get(layer).copyData(start, table.start(firstFrame + count) - start, target);
  }

  @Override
  public void close() throws IOException {
    reader.close();
    for (FileChannel index : indexes) {
      index.close();
    }
  }
}
