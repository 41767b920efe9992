package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.rootfs.FileContent;
import io.oci2wasm.converter.rootfs.FileNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Whole frames of the layers that have a block of a file, each at a multiple of a frame's size. So
 * a frame of the image is one of the metadata or one of a layer.
 */
final class FramePlacement implements DataPlacement {
  private static final int FRAME_BLOCKS = FrameTable.FRAME_BYTES / FileContent.BLOCK_SIZE;

  private final List<FrameExtent> extents = new ArrayList<>();

  @Override
  public long place(List<FileNode> files, long firstBlock, long[] firstBlocks) {
    long end = framesOf(firstBlock);
    for (FileNode file : files) {
      FileContent content = file.content();
      int first = Math.toIntExact(content.firstBlock() / FRAME_BLOCKS);
      int past = Math.toIntExact(framesOf(content.firstBlock() + content.blocks()));
      end += take(file.layer(), first, past);
      // The frames of a file are the last ones so far.
      long frame = end - (past - first);
      firstBlocks[file.number()] = frame * FRAME_BLOCKS + content.firstBlock() % FRAME_BLOCKS;
    }
    return end * FRAME_BLOCKS;
  }

  private static long framesOf(long blocks) {
    return (blocks + FRAME_BLOCKS - 1) / FRAME_BLOCKS;
  }

  /** Adds what of the frames from {@code first} up to {@code past} is not there; how many. */
  private int take(int layer, int first, int past) {
    int last = extents.size() - 1;
    if (last >= 0) {
      FrameExtent before = extents.get(last);
      if (before.layer() == layer && first <= before.endFrame()) {
        extents.set(last, new FrameExtent(layer, before.firstFrame(), past - before.firstFrame()));
        return past - before.endFrame();
      }
    }
    extents.add(new FrameExtent(layer, first, past - first));
    return past - first;
  }

  /** What is copied from the layers, in the order of the image. */
  List<FrameExtent> extents() {
    return extents;
  }
}
