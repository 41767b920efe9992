package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.FileNode;
import java.util.List;

/** Decides where in the image the blocks of files are. */
interface DataPlacement {
  /**
   * Gives blocks to {@code files}, which all have some and are in the order of their layers and
   * there of their blocks.
   *
   * @param firstBlock the first free one
   * @param firstBlocks gets the first block of each file at its number
   * @return how many blocks the image has
   */
  long place(List<FileNode> files, long firstBlock, long[] firstBlocks);
}
