package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.DirectoryNode;
import io.oci2wasm.converter.rootfs.FileNode;
import io.oci2wasm.converter.rootfs.Node;
import io.oci2wasm.converter.rootfs.SpecialNode;

/**
 * A file's type, as a directory entry and as an inode's mode say it (Linux, fs_types.h, stat.h).
 */
enum FileType {
  REGULAR(1, 0100000),
  DIRECTORY(2, 0040000),
  CHARACTER_DEVICE(3, 0020000),
  BLOCK_DEVICE(4, 0060000),
  FIFO(5, 0010000),
  SYMLINK(7, 0120000);

  final int directoryCode;
  final int modeBits;

  FileType(int directoryCode, int modeBits) {
    this.directoryCode = directoryCode;
    this.modeBits = modeBits;
  }

  static FileType of(Node node) {
    if (node instanceof DirectoryNode) {
      return DIRECTORY;
    }
    if (node instanceof FileNode) {
      return REGULAR;
    }
    if (node instanceof SpecialNode special) {
      return switch (special.type()) {
        case CHARACTER_DEVICE -> CHARACTER_DEVICE;
        case BLOCK_DEVICE -> BLOCK_DEVICE;
        case FIFO -> FIFO;
      };
    }
    return SYMLINK;
  }
}
