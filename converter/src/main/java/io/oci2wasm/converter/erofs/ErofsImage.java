package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.Attributes;
import io.oci2wasm.converter.rootfs.FileContent;
import io.oci2wasm.converter.rootfs.FileTree;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * A file tree laid out as an uncompressed EROFS image that Linux from 5.4 on mounts, without blocks
 * of files that are not in the tree. The same tree and uuid give the same bytes.
 */
public final class ErofsImage {
  static final int BLOCK_SIZE = FileContent.BLOCK_SIZE;

  /** Copied between two reports of progress. */
  private static final int COPY_BLOCKS = 4096;

  private final DensePlacement placement = new DensePlacement();
  private final ImageLayout layout;
  private final UUID uuid;

  /** Lays {@code tree} out; nothing is read or written yet. */
  public ErofsImage(FileTree tree, UUID uuid) {
    this.layout = new ImageLayout(tree, placement);
    this.uuid = uuid;
  }

  /** How many bytes of content may stand beside an inode of {@code attributes}. */
  public static int inlineRoom(Attributes attributes) {
    return InodePlan.inlineRoom(XattrBody.sizeBytes(attributes.xattrs()));
  }

  /** Size of the image, a multiple of 4096. */
  public long sizeBytes() {
    return layout.totalBlocks() * BLOCK_SIZE;
  }

  /** Files of all types, each counted once whatever its names. */
  public long files() {
    return layout.tree().nodes().size();
  }

  /** Numbers of layers by the first of their consecutive blocks in the image; the rest has none. */
  public NavigableMap<Long, Integer> data() {
    NavigableMap<Long, Integer> data = new TreeMap<>();
    long next = layout.leadingBlocks();
    for (DataExtent extent : placement.extents()) {
      data.put(next, extent.layer());
      next += extent.blocks();
    }
    return data;
  }

  /**
   * Writes the image: {@link #sizeBytes} bytes, from its first to its last.
   *
   * @param progress told now and then how many bytes are written
   */
  public void writeTo(WritableByteChannel target, LayerContents contents, LongConsumer progress)
      throws IOException {
    new MetadataWriter(layout, contents, uuid, target).write();
    long left = placement.dataBlocks();
    for (DataExtent extent : placement.extents()) {
      long done = 0;
      while (done < extent.blocks()) {
        long blocks = Math.min(extent.blocks() - done, COPY_BLOCKS);
        long start = extent.firstBlock() + done;
        contents.copyBlocks(extent.layer(), start, blocks, target);
        done += blocks;
        left -= blocks;
        progress.accept((layout.totalBlocks() - left) * BLOCK_SIZE);
      }
    }
  }
}
