package io.oci2wasm.converter.rootfs;

/**
 * A file of the merged tree: what an inode is. A file with several names is one node. Complete once
 * its {@link FileTree} is; until then only the builder changes it.
 */
public abstract sealed class Node permits DirectoryNode, FileNode, SymlinkNode, SpecialNode {
  private Attributes attributes;
  private int links;
  private int number = -1;

  Node(Attributes attributes) {
    this.attributes = attributes;
  }

  public final Attributes attributes() {
    return attributes;
  }

  final void setAttributes(Attributes changed) {
    attributes = changed;
  }

  /** Names of this file; for a directory 2 and one for each directory in it (stat, st_nlink). */
  public final int links() {
    return links;
  }

  final void addLinks(int count) {
    links += count;
  }

  /** Its place in {@link FileTree#nodes}. */
  public final int number() {
    return number;
  }

  final void setNumber(int place) {
    number = place;
  }
}
