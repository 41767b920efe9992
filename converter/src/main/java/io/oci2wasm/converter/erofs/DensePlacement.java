package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.FileNode;
import java.util.ArrayList;
import java.util.List;

/** Blocks of files one after the other, and nothing else. */
final class DensePlacement implements DataPlacement {
  private final List<DataExtent> extents = new ArrayList<>();

  @Override
  public long place(List<FileNode> files, long firstBlock, long[] firstBlocks) {
    long next = firstBlock;
    for (FileNode file : files) {
      firstBlocks[file.number()] = next;
      next += file.content().blocks();
      addExtent(file);
    }
    return next;
  }

  private void addExtent(FileNode file) {
    long start = file.content().firstBlock();
    long blocks = file.content().blocks();
    int last = extents.size() - 1;
    if (last >= 0) {
      DataExtent before = extents.get(last);
      if (before.layer() == file.layer() && before.firstBlock() + before.blocks() == start) {
        extents.set(
            last, new DataExtent(file.layer(), before.firstBlock(), before.blocks() + blocks));
        return;
      }
    }
    extents.add(new DataExtent(file.layer(), start, blocks));
  }

  /** What is copied from the layers, in the order of the image. */
  List<DataExtent> extents() {
    return extents;
  }

  /** Blocks of all extents. */
  long dataBlocks() {
    return extents.stream().mapToLong(DataExtent::blocks).sum();
  }
}
