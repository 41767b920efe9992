package io.oci2wasm.converter.rootfs;

/** A regular file; its content is in the packed layer of ordinal {@link #layer}, lowest 0. */
public final class FileNode extends Node {
  private final int layer;
  private final FileContent content;

  FileNode(Attributes attributes, int layer, FileContent content) {
    super(attributes);
    this.layer = layer;
    this.content = content;
  }

  public int layer() {
    return layer;
  }

  public FileContent content() {
    return content;
  }
}
