package io.oci2wasm.converter.rootfs;

import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A directory: names in ascending order of their bytes. */
public final class DirectoryNode extends Node {
  /**
   * A name in a directory.
   *
   * @param layer the layer that wrote it: what the same layer hides, it does not hide of itself
   */
  public record Child(ByteString name, Node node, int layer) {}

  private final NavigableMap<ByteString, Child> children = new TreeMap<>();
  private final int depth;

  DirectoryNode(Attributes attributes, int depth) {
    super(attributes);
    this.depth = depth;
  }

  /** Ascending by name. */
  public Collection<Child> children() {
    return children.values();
  }

  /** Directories above this one. */
  int depth() {
    return depth;
  }

  @Nullable Child get(ByteString name) {
    return children.get(name);
  }

  void put(ByteString name, Node node, int layer) {
    children.put(name, new Child(name, node, layer));
  }

  void remove(ByteString name) {
    children.remove(name);
  }

  /**
   * Removes what layers below {@code layer} wrote in here, at any depth, and keeps the directories
   * that still hold something.
   */
  void removeBelow(int layer) {
    children.values().removeIf(child -> hide(child, layer));
  }

  /**
   * Removes what layers below {@code layer} wrote under {@code child}; whether nothing is left, so
   * that the name itself has to go.
   */
  static boolean hide(Child child, int layer) {
    if (!(child.node() instanceof DirectoryNode directory)) {
      return child.layer() < layer;
    }
    directory.removeBelow(layer);
    return child.layer() < layer && directory.children.isEmpty();
  }
}
