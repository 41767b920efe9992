package io.oci2wasm.converter.erofs;

import io.oci2wasm.converter.rootfs.DirectoryNode;
import io.oci2wasm.converter.rootfs.FileNode;
import io.oci2wasm.converter.rootfs.FileTree;
import io.oci2wasm.converter.rootfs.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where everything is in the image: superblock and inodes from block 0 on, then the blocks of
 * directories and long links, then the layers' data. Data of files that an upper layer replaced is
 * left out.
 */
final class ImageLayout {
  private final FileTree tree;
  private final BuildTime buildTime;
  private final InodePlan[] plans;
  private final long[] positions;
  private final long[] firstBlocks;

  /** For each directory the number of the one above it. */
  private final int[] parents;

  private final int metadataBlocks;
  private final List<DataExtent> extents = new ArrayList<>();
  private final long totalBlocks;

  ImageLayout(FileTree tree) {
    this.tree = tree;
    this.buildTime = BuildTime.mostCommon(tree);
    List<Node> nodes = tree.nodes();
    plans = new InodePlan[nodes.size()];
    positions = new long[nodes.size()];
    firstBlocks = new long[nodes.size()];
    parents = parents(nodes);
    BlockPacker packer = new BlockPacker(Superblock.OFFSET + Superblock.SIZE);
    // The root comes first: its node id has only 16 bits in the superblock.
    for (Node node : nodes) {
      InodePlan plan = plan(node);
      plans[node.number()] = plan;
      positions[node.number()] = packer.place(plan.bodyBytes());
    }
    metadataBlocks = packer.blocks();
    totalBlocks = placeData(placeGenerated());
  }

  private static int[] parents(List<Node> nodes) {
    int[] parents = new int[nodes.size()];
    for (Node node : nodes) {
      if (node instanceof DirectoryNode directory) {
        for (DirectoryNode.Child child : directory.children()) {
          parents[child.node().number()] = directory.number();
        }
      }
    }
    return parents;
  }

  private InodePlan plan(Node node) {
    long directoryBytes =
        node instanceof DirectoryNode directory ? content(directory).sizeBytes() : 0;
    return InodePlan.of(node, buildTime, directoryBytes);
  }

  /** Gives blocks to directories and links; the first block after them. */
  private long placeGenerated() {
    long next = metadataBlocks;
    for (Node node : tree.nodes()) {
      if (!(node instanceof FileNode) && plan(node.number()).blocks() > 0) {
        firstBlocks[node.number()] = next;
        next += plan(node.number()).blocks();
      }
    }
    return next;
  }

  /** Gives blocks to files, in their layers' order; the first block after them. */
  private long placeData(long firstBlock) {
    List<FileNode> files = new ArrayList<>();
    for (Node node : tree.nodes()) {
      if (node instanceof FileNode file && file.content().blocks() > 0) {
        files.add(file);
      }
    }
    files.sort(
        Comparator.comparingInt(FileNode::layer)
            .thenComparingLong(file -> file.content().firstBlock()));
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

  FileTree tree() {
    return tree;
  }

  BuildTime buildTime() {
    return buildTime;
  }

  InodePlan plan(int number) {
    return plans[number];
  }

  /** Byte position of an inode in the image. */
  long position(int number) {
    return positions[number];
  }

  /** The number that directory entries name an inode by. */
  long nid(int number) {
    return positions[number] / InodeRecord.SLOT_SIZE;
  }

  /** First data block of a file, 0 if it has none. */
  long firstBlock(int number) {
    return firstBlocks[number];
  }

  DirectoryContent content(DirectoryNode directory) {
    DirectoryNode parent = (DirectoryNode) tree.nodes().get(parents[directory.number()]);
    return new DirectoryContent(directory, parent);
  }

  int metadataBlocks() {
    return metadataBlocks;
  }

  /** What is copied from the layers, in the order of the image. */
  List<DataExtent> extents() {
    return extents;
  }

  /** Blocks of all extents. */
  long dataBlocks() {
    return extents.stream().mapToLong(DataExtent::blocks).sum();
  }

  long totalBlocks() {
    return totalBlocks;
  }
}
