package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;

/** Applies the entries of one layer to the tree of those below. */
final class EntryApplier implements LayerEntry.Visitor<RejectedException> {
  private final DirectoryNode root;
  private final int layer;
  private final LayerFaults faults;
  private final PathWalk walk;

  EntryApplier(
      DirectoryNode root, int layer, LayerLimits limits, MergeBudget budget, LayerFaults faults) {
    this.root = root;
    this.layer = layer;
    this.faults = faults;
    this.walk = new PathWalk(root, layer, limits, budget, faults);
  }

  @Override
  public void directory(LayerEntry.Directory entry) throws RejectedException {
    if (entry.path().isRoot()) {
      root.setAttributes(entry.attributes());
      return;
    }
    DirectoryNode parent = walk.parentOf(entry.path());
    ByteString name = entry.path().last();
    DirectoryNode.Child old = parent.get(name);
    if (old != null && old.node() instanceof DirectoryNode directory) {
      // An upper layer's entry changes the directory and keeps what is in it.
      directory.setAttributes(entry.attributes());
      parent.put(name, directory, layer);
    } else {
      parent.put(name, walk.newDirectory(parent, entry.attributes(), entry.path()), layer);
    }
  }

  @Override
  public void file(LayerEntry.RegularFile entry) throws RejectedException {
    put(entry.path(), new FileNode(entry.attributes(), layer, entry.content()));
  }

  @Override
  public void symlink(LayerEntry.Symlink entry) throws RejectedException {
    put(entry.path(), new SymlinkNode(entry.attributes(), entry.target()));
  }

  @Override
  public void special(LayerEntry.Special entry) throws RejectedException {
    put(
        entry.path(),
        new SpecialNode(entry.attributes(), entry.type(), entry.major(), entry.minor()));
  }

  @Override
  public void hardLink(LayerEntry.HardLink entry) throws RejectedException {
    DirectoryNode.Child target = walk.find(entry.target());
    if (target == null || target.node() instanceof DirectoryNode) {
      throw faults.corrupt(
          "hard link " + entry.path(),
          (target == null ? "nothing" : "a directory") + " at its target " + entry.target(),
          "a file of this or a lower layer");
    }
    put(entry.path(), target.node());
  }

  @Override
  public void whiteout(LayerEntry.Whiteout entry) throws RejectedException {
    DirectoryNode.Child hidden = walk.find(entry.path());
    if (hidden != null && DirectoryNode.hide(hidden, layer)) {
      walk.parentOf(entry.path()).remove(entry.path().last());
    }
  }

  @Override
  public void opaque(LayerEntry.Opaque entry) throws RejectedException {
    DirectoryNode directory =
        entry.path().isRoot() ? root : walk.directoryOrNull(entry.path().names(), entry.path());
    if (directory != null) {
      directory.removeBelow(layer);
    }
  }

  /** Gives {@code node} a name, in place of whatever has it. */
  private void put(EntryPath path, Node node) throws RejectedException {
    if (path.isRoot()) {
      throw faults.corrupt("entry " + path, "a file as the root", "a directory");
    }
    walk.parentOf(path).put(path.last(), node, layer);
  }
}
