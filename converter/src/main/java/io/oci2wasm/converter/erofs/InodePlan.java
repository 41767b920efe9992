package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.Attributes;
import io.oci2wasm.converter.rootfs.FileNode;
import io.oci2wasm.converter.rootfs.Node;
import io.oci2wasm.converter.rootfs.SpecialNode;
import io.oci2wasm.converter.rootfs.SymlinkNode;

/**
 * What is known of an inode before its place is.
 *
 * @param compact whether the short form holds it
 * @param sizeBytes size of the content
 * @param tailBytes how much of it stands behind the inode
 * @param blocks how many data blocks the rest has
 */
record InodePlan(boolean compact, int xattrBytes, long sizeBytes, int tailBytes, long blocks) {

  /** Plans a file, a link or a device; for a directory {@code directoryBytes} is its content. */
  static InodePlan of(Node node, BuildTime buildTime, long directoryBytes) {
    Attributes attributes = node.attributes();
    int xattrBytes = XattrBody.sizeBytes(attributes.xattrs());
    long size = size(node, directoryBytes);
    boolean compact =
        buildTime.isOf(attributes)
            && InodeRecord.fitsCompact(size, attributes.uid(), attributes.gid(), node.links());
    int tail;
    if (node instanceof FileNode file) {
      tail = file.content().tailLength();
    } else {
      tail = (int) (size % ErofsImage.BLOCK_SIZE);
      if (tail > inlineRoom(xattrBytes)) {
        tail = 0;
      }
    }
    long blocks = (size - tail + ErofsImage.BLOCK_SIZE - 1) / ErofsImage.BLOCK_SIZE;
    return new InodePlan(compact, xattrBytes, size, tail, blocks);
  }

  private static long size(Node node, long directoryBytes) {
    if (node instanceof FileNode file) {
      return file.content().sizeBytes();
    }
    if (node instanceof SymlinkNode link) {
      return link.target().length();
    }
    return node instanceof SpecialNode ? 0 : directoryBytes;
  }

  /** How much may stand behind an inode, whichever form it gets. */
  static int inlineRoom(int xattrBytes) {
    return Math.max(0, ErofsImage.BLOCK_SIZE - InodeRecord.EXTENDED_SIZE - xattrBytes);
  }

  /** Bytes of inode, attributes and tail. */
  int bodyBytes() {
    return tailOffset() + tailBytes;
  }

  /** Where the attributes begin, from the inode's start. */
  int xattrOffset() {
    return InodeRecord.sizeBytes(compact);
  }

  /** Where the tail begins, from the inode's start. */
  int tailOffset() {
    return xattrOffset() + xattrBytes;
  }

  InodeRecord.DataLayout layout() {
    return tailBytes > 0 ? InodeRecord.DataLayout.INLINE : InodeRecord.DataLayout.PLAIN;
  }
}
