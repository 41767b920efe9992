package io.oci2wasm.build.rootfs;

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
