package io.oci2wasm.converter.rootfs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks a path up in a finished tree, as Linux does for a program in it (path_resolution(7)). */
final class TreeLookup {
  /** Linux: MAXSYMLINKS. */
  private static final int MAX_LINKS = 40;

  private static final ByteString DOT = ByteString.utf8(".");
  private static final ByteString DOT_DOT = ByteString.utf8("..");
  private static final ByteString SLASH = ByteString.utf8("/");

  private final Deque<ByteString> ahead = new ArrayDeque<>();
  private final Deque<DirectoryNode> way = new ArrayDeque<>();
  private final DirectoryNode root;

  private TreeLookup(DirectoryNode root) {
    this.root = root;
  }

  static @Nullable Node find(DirectoryNode root, ByteString path) {
    TreeLookup lookup = new TreeLookup(root);
    lookup.way.push(root);
    lookup.goOn(path);
    return lookup.walk();
  }

  private @Nullable Node walk() {
    int links = 0;
    while (!ahead.isEmpty()) {
      ByteString name = ahead.pop();
      if (name.equals(DOT)) {
        continue;
      }
      if (name.equals(DOT_DOT)) {
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      DirectoryNode.Child child = way.element().get(name);
      if (child == null) {
        return null;
      }
      if (child.node() instanceof DirectoryNode directory) {
        way.push(directory);
      } else if (child.node() instanceof SymlinkNode link) {
        if (++links > MAX_LINKS) {
          return null;
        }
        goOn(link.target());
      } else {
        return ahead.isEmpty() ? child.node() : null;
      }
    }
    return way.element();
  }

  /** Goes along {@code path} before what is left of the way. */
  private void goOn(ByteString path) {
    if (path.startsWith(SLASH)) {
      way.clear();
      way.push(root);
    }
    List<ByteString> names = EntryPath.split(path);
    for (int i = names.size() - 1; i >= 0; i--) {
      ahead.push(names.get(i));
    }
  }
}
