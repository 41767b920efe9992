package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds places in the tree the way unpacking inside a chroot would: symbolic links on the way are
 * followed, absolute ones from the tree's root (a layer over {@code lib -> usr/lib} may write
 * {@code lib/x}). What climbs above the root is refused.
 */
final class PathWalk {
  /** Linux: MAXSYMLINKS. */
  private static final int MAX_LINKS = 40;

  private static final ByteString DOT = ByteString.utf8(".");
  private static final ByteString DOT_DOT = ByteString.utf8("..");

  private final DirectoryNode root;
  private final int layer;
  private final int maxDepth;
  private final MergeBudget budget;
  private final LayerFaults faults;

  PathWalk(
      DirectoryNode root, int layer, LayerLimits limits, MergeBudget budget, LayerFaults faults) {
    this.root = root;
    this.layer = layer;
    // As deep as the longest path can be, each name being one byte and a slash.
    this.maxDepth = Math.max(1, limits.maxPathBytes() / 2);
    this.budget = budget;
    this.faults = faults;
  }

  /** The directory {@code path} belongs in; what is missing on the way is made. */
  DirectoryNode parentOf(EntryPath path) throws RejectedException {
    DirectoryNode parent = walk(path.parents(), path, true);
    if (parent == null) {
      throw faults.corrupt("entry " + path, "a file as its parent directory", "a directory");
    }
    return parent;
  }

  /** The directory at {@code names}, links followed, or null if there is none. */
  @Nullable DirectoryNode directoryOrNull(List<ByteString> names, EntryPath path)
      throws RejectedException {
    return walk(names, path, false);
  }

  /** The name at {@code path}, a link at its end not followed, or null if there is none. */
  DirectoryNode.@Nullable Child find(EntryPath path) throws RejectedException {
    if (path.isRoot()) {
      return new DirectoryNode.Child(ByteString.EMPTY, root, layer);
    }
    DirectoryNode parent = walk(path.parents(), path, false);
    return parent == null ? null : parent.get(path.last());
  }

  DirectoryNode newDirectory(DirectoryNode parent, Attributes attributes, EntryPath path)
      throws RejectedException {
    int depth = parent.depth() + 1;
    if (depth > maxDepth) {
      throw faults.refused(
          "entry " + path,
          "directories " + depth + " deep",
          "at most " + maxDepth,
          "use shorter paths");
    }
    return new DirectoryNode(attributes, depth);
  }

  private @Nullable DirectoryNode walk(List<ByteString> names, EntryPath path, boolean make)
      throws RejectedException {
    Deque<ByteString> ahead = new ArrayDeque<>(names);
    Deque<DirectoryNode> way = new ArrayDeque<>();
    way.push(root);
    int links = 0;
    while (!ahead.isEmpty()) {
      ByteString name = ahead.pop();
      DirectoryNode here = way.element();
      if (name.equals(DOT)) {
        continue;
      }
      if (name.equals(DOT_DOT)) {
        if (way.size() == 1) {
          throw refused(path, "a parent directory that is a link out of the root");
        }
        way.pop();
        continue;
      }
      DirectoryNode.Child child = here.get(name);
      if (child == null) {
        if (!make) {
          return null;
        }
        budget.takeEntry(path, faults);
        DirectoryNode made = newDirectory(here, Attributes.IMPLICIT_DIRECTORY, path);
        here.put(name, made, layer);
        way.push(made);
      } else if (child.node() instanceof DirectoryNode directory) {
        way.push(directory);
      } else if (child.node() instanceof SymlinkNode link) {
        if (++links > MAX_LINKS) {
          throw refused(path, "over " + MAX_LINKS + " links in its parent directory");
        }
        follow(link.target(), ahead, way);
      } else {
        return null;
      }
    }
    return way.element();
  }

  private void follow(ByteString target, Deque<ByteString> ahead, Deque<DirectoryNode> way) {
    List<ByteString> parts = EntryPath.split(target);
    for (int i = parts.size() - 1; i >= 0; i--) {
      ahead.push(parts.get(i));
    }
    if (target.startsWith(ByteString.utf8("/"))) {
      way.clear();
      way.push(root);
    }
  }

  private RejectedException refused(EntryPath path, String found) {
    return faults.refused(
        "entry " + path,
        found,
        "one inside the root",
        "do not unpack this layer anywhere: it tries to write outside");
  }
}
