package io.oci2wasm.converter.rootfs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An image's files after all its layers. The order of {@link #nodes} depends on names alone. */
public final class FileTree {
  private final DirectoryNode root;
  private final List<Node> nodes = new ArrayList<>();

  /** Takes {@code root} over: counts links and gives each node its number. */
  FileTree(DirectoryNode root) {
    this.root = root;
    number(root);
    Deque<DirectoryNode> waiting = new ArrayDeque<>();
    waiting.add(root);
    while (!waiting.isEmpty()) {
      DirectoryNode directory = waiting.remove();
      directory.addLinks(2);
      for (DirectoryNode.Child child : directory.children()) {
        if (child.node() instanceof DirectoryNode below) {
          directory.addLinks(1);
          waiting.add(below);
        } else {
          child.node().addLinks(1);
        }
        if (child.node().number() < 0) {
          number(child.node());
        }
      }
    }
  }

  private void number(Node node) {
    node.setNumber(nodes.size());
    nodes.add(node);
  }

  public DirectoryNode root() {
    return root;
  }

  /**
   * The file that a program in this tree would find, links followed; null if there is none.
   *
   * @param path from the root, with or without a slash before it
   */
  public @Nullable Node find(String path) {
    return TreeLookup.find(root, ByteString.utf8(path));
  }

  /** Every file once, the root first, each directory's files together. */
  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }
}
