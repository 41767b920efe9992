package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.rootfs.FileTree;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * A file tree laid out as an EROFS image of frames: those of its metadata, which are the caller's
 * to make, then the layers' own (docs/FORMATS.md, "The bundle"). The same tree, uuid and layers
 * give the same bytes.
 */
public final class FramedImage {
  /** Copied between two reports of progress: 16 MiB of content. */
  private static final int COPY_FRAMES = 128;

  private final FramePlacement placement = new FramePlacement();
  private final ImageLayout layout;
  private final UUID uuid;
  private final List<FrameTable> layers;

  /**
   * Lays {@code tree} out; nothing is read or written yet.
   *
   * @param layers the frames of each layer's data, lowest layer first
   */
  public FramedImage(FileTree tree, UUID uuid, List<FrameTable> layers) {
    this.layout = new ImageLayout(tree, placement);
    this.uuid = uuid;
    this.layers = List.copyOf(layers);
  }

  /** Size of the image for who reads it, a multiple of a frame's. */
  public long sizeBytes() {
    return layout.totalBlocks() * ErofsImage.BLOCK_SIZE;
  }

  /** Files of all types, each counted once whatever its names. */
  public long files() {
    return layout.tree().nodes().size();
  }

  /** Writes what comes before the layers' frames: whole blocks, not compressed. */
  public void writeMetadata(LayerContents contents, WritableByteChannel target) throws IOException {
    new MetadataWriter(layout, contents, uuid, target).write();
  }

  /** Which frames of the layers are behind those of the metadata, in the order of the image. */
  public List<FrameExtent> extents() {
    return List.copyOf(placement.extents());
  }

  /** The frames behind those of the metadata. */
  public FrameTable dataFrames() {
    FrameTable.Builder table = new FrameTable.Builder();
    for (FrameExtent extent : placement.extents()) {
      table.addAll(layers.get(extent.layer()), extent.firstFrame(), extent.frames());
    }
    return table.build();
  }

  /**
   * Writes the frames behind those of the metadata, as they are stored.
   *
   * @param progress told now and then how many of their bytes are written
   */
  public void writeData(LayerContents contents, WritableByteChannel target, LongConsumer progress)
      throws IOException {
    long written = 0;
    for (FrameExtent extent : placement.extents()) {
      FrameTable table = layers.get(extent.layer());
      for (int first = extent.firstFrame(); first < extent.endFrame(); first += COPY_FRAMES) {
        int past = Math.min(first + COPY_FRAMES, extent.endFrame());
        contents.copyFrames(extent.layer(), first, past - first, target);
        written += table.start(past) - table.start(first);
        progress.accept(written);
      }
    }
  }
}
