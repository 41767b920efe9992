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
 * directories and long links, then the layers' data, as the placement wants it.
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
  private final long leadingBlocks;
  private final long totalBlocks;

  ImageLayout(FileTree tree, DataPlacement placement) {
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
    leadingBlocks = placeGenerated();
    totalBlocks = placement.place(filesWithBlocks(), leadingBlocks, firstBlocks);
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

  /** The files that have blocks, in their layers' order. */
  private List<FileNode> filesWithBlocks() {
    List<FileNode> files = new ArrayList<>();
    for (Node node : tree.nodes()) {
      if (node instanceof FileNode file && file.content().blocks() > 0) {
        files.add(file);
      }
    }
    files.sort(
        Comparator.comparingInt(FileNode::layer)
            .thenComparingLong(file -> file.content().firstBlock()));
    return files;
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

  /** How many blocks come before those of files. */
  long leadingBlocks() {
    return leadingBlocks;
  }

  long totalBlocks() {
    return totalBlocks;
  }
}
