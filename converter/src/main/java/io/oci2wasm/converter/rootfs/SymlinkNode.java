package io.oci2wasm.converter.rootfs;

/** A symbolic link. */
public final class SymlinkNode extends Node {
  private final ByteString target;

  SymlinkNode(Attributes attributes, ByteString target) {
    super(attributes);
    this.target = target;
  }

  public ByteString target() {
    return target;
  }
}
