package io.oci2wasm.converter.rootfs;

/** A device or a named pipe. */
public final class SpecialNode extends Node {
  private final SpecialType type;
  private final int major;
  private final int minor;

  SpecialNode(Attributes attributes, SpecialType type, int major, int minor) {
    super(attributes);
    this.type = type;
    this.major = major;
    this.minor = minor;
  }

  public SpecialType type() {
    return type;
  }

  public int major() {
    return major;
  }

  public int minor() {
    return minor;
  }
}
