package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.DirectoryNode;
import io.oci2wasm.converter.rootfs.FileNode;
import io.oci2wasm.converter.rootfs.Node;
import io.oci2wasm.converter.rootfs.SpecialNode;
import io.oci2wasm.converter.rootfs.SymlinkNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * Writes the image's first blocks: superblock and inodes, through a window of bounded size, then
 * the blocks of directories and long links.
 */
final class MetadataWriter {
  /** Holds the largest inode with its attributes, and many small ones. */
  private static final int WINDOW_BYTES = 1 << 20;

  private final ImageLayout layout;
  private final LayerContents contents;
  private final UUID uuid;
  private final WritableByteChannel target;
  private final ByteBuffer window =
      ByteBuffer.allocate(WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Position in the image of the window's first byte. */
  private long windowStart;

  MetadataWriter(
      ImageLayout layout, LayerContents contents, UUID uuid, WritableByteChannel target) {
    this.layout = layout;
    this.contents = contents;
    this.uuid = uuid;
    this.target = target;
  }

  void write() throws IOException {
    List<Node> byPosition =
        layout.tree().nodes().stream()
            .sorted(Comparator.comparingLong(node -> layout.position(node.number())))
            .toList();
    for (Node node : byPosition) {
      long position = layout.position(node.number());
      if (position + layout.plan(node.number()).bodyBytes() > windowStart + WINDOW_BYTES) {
        flushUpTo(position / ErofsImage.BLOCK_SIZE * ErofsImage.BLOCK_SIZE);
      }
      writeInode(node, (int) (position - windowStart));
    }
    flushUpTo((long) layout.metadataBlocks() * ErofsImage.BLOCK_SIZE);
    for (Node node : layout.tree().nodes()) {
      writeGenerated(node);
    }
  }

  /** The blocks of a directory or of a link too long to stand beside its inode. */
  private void writeGenerated(Node node) throws IOException {
    long blocks = layout.plan(node.number()).blocks();
    if (blocks == 0 || node instanceof FileNode) {
      return;
    }
    if (node instanceof SymlinkNode link) {
      ByteBuffer block = ByteBuffer.allocate(ErofsImage.BLOCK_SIZE);
      link.target().putInto(block);
      writeAll(block.clear());
    } else if (node instanceof DirectoryNode directory) {
      DirectoryContent content = layout.content(directory);
      for (int block = 0; block < blocks; block++) {
        writeAll(content.encode(block, below -> layout.nid(below.number())));
      }
    }
  }

  private void writeAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }

  /** Writes out the window's bytes before {@code position} of the image. */
  private void flushUpTo(long position) throws IOException {
    if (windowStart == 0) {
      superblock().writeInto(window);
    }
    int length = (int) (position - windowStart);
    writeAll(window.duplicate().position(0).limit(length));
    window.position(length).limit(WINDOW_BYTES);
    window.compact();
    window.clear();
    Arrays.fill(window.array(), WINDOW_BYTES - length, WINDOW_BYTES, (byte) 0);
    windowStart = position;
  }

  private Superblock superblock() {
    return new Superblock(
        Math.toIntExact(layout.nid(layout.tree().root().number())),
        layout.tree().nodes().size(),
        layout.buildTime().seconds(),
        layout.buildTime().nanos(),
        layout.totalBlocks(),
        uuid);
  }

  private void writeInode(Node node, int start) throws IOException {
    InodePlan plan = layout.plan(node.number());
    new InodeRecord(
            plan.compact(),
            plan.layout(),
            XattrBody.count(plan.xattrBytes()),
            FileType.of(node).modeBits | node.attributes().permissions(),
            plan.sizeBytes(),
            node instanceof SpecialNode special
                ? deviceNumber(special)
                : layout.firstBlock(node.number()),
            node.number() + 1L,
            node.attributes().uid(),
            node.attributes().gid(),
            node.attributes().mtimeSeconds(),
            node.attributes().mtimeNanos(),
            node.links())
        .writeInto(window, start);
    XattrBody.write(node.attributes().xattrs(), window, start + plan.xattrOffset());
    if (plan.tailBytes() > 0) {
      ByteBuffer tail =
          window
              .duplicate()
              .position(start + plan.tailOffset())
              .limit(start + plan.tailOffset() + plan.tailBytes());
      writeTail(node, tail);
    }
  }

  private void writeTail(Node node, ByteBuffer tail) throws IOException {
    if (node instanceof FileNode file) {
      contents.readTail(file.layer(), file.content().tailOffset(), tail);
    } else if (node instanceof DirectoryNode directory) {
      DirectoryContent content = layout.content(directory);
      ByteBuffer last = content.encode(content.blocks() - 1, below -> layout.nid(below.number()));
      tail.put(last.limit(tail.remaining()));
    } else if (node instanceof SymlinkNode link) {
      link.target().putInto(tail);
    }
  }

  /** Linux' new_encode_dev: minor bits 0 to 7, major, minor bits 8 to 19 (kdev_t.h). */
  private static long deviceNumber(SpecialNode node) {
    return (node.minor() & 0xff) | (node.major() << 8) | (node.minor() & ~0xffL) << 12;
  }
}
