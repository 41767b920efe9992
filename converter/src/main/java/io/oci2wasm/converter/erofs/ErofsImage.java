package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.Attributes;
import io.oci2wasm.converter.rootfs.DirectoryNode;
import io.oci2wasm.converter.rootfs.FileContent;
import io.oci2wasm.converter.rootfs.FileNode;
import io.oci2wasm.converter.rootfs.FileTree;
import io.oci2wasm.converter.rootfs.Node;
import io.oci2wasm.converter.rootfs.SymlinkNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * A file tree laid out as an uncompressed EROFS image that Linux from 5.4 on mounts. The same tree
 * and uuid give the same bytes.
 */
public final class ErofsImage {
  static final int BLOCK_SIZE = FileContent.BLOCK_SIZE;

  /** Copied between two reports of progress. */
  private static final int COPY_BLOCKS = 4096;

  private final ImageLayout layout;
  private final UUID uuid;

  /** Lays {@code tree} out; nothing is read or written yet. */
  public ErofsImage(FileTree tree, UUID uuid) {
    this.layout = new ImageLayout(tree);
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

  /**
   * Writes the image: {@link #sizeBytes} bytes, from its first to its last.
   *
   * @param progress told now and then how many bytes are written
   */
  public void writeTo(WritableByteChannel target, LayerContents contents, LongConsumer progress)
      throws IOException {
    new MetadataWriter(layout, contents, uuid, target).write();
    for (Node node : layout.tree().nodes()) {
      writeGenerated(node, target);
    }
    long left = layout.dataBlocks();
    for (DataExtent extent : layout.extents()) {
      long done = 0;
      while (done < extent.blocks()) {
        long blocks = Math.min(extent.blocks() - done, COPY_BLOCKS);
        long start = extent.firstBlock() + done;
        contents.copyData(extent.layer(), start * BLOCK_SIZE, blocks * BLOCK_SIZE, target);
        done += blocks;
        left -= blocks;
        progress.accept((layout.totalBlocks() - left) * BLOCK_SIZE);
      }
    }
  }

  /** The blocks of a directory or of a link too long to stand beside its inode. */
  private void writeGenerated(Node node, WritableByteChannel target) throws IOException {
    long blocks = layout.plan(node.number()).blocks();
    if (blocks == 0 || node instanceof FileNode) {
      return;
    }
    if (node instanceof SymlinkNode link) {
      ByteBuffer block = ByteBuffer.allocate(BLOCK_SIZE);
      link.target().putInto(block);
      writeAll(block.clear(), target);
    } else if (node instanceof DirectoryNode directory) {
      DirectoryContent content = layout.content(directory);
      for (int block = 0; block < blocks; block++) {
        writeAll(content.encode(block, below -> layout.nid(below.number())), target);
      }
    }
  }

  private static void writeAll(ByteBuffer bytes, WritableByteChannel target) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }
}
