package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.erofs.ErofsImage;
import io.oci2wasm.converter.rootfs.Attributes;
import java.util.function.ToIntFunction;

/**
 * Where packed layers have the ends of files that fill no whole block (docs/FORMATS.md, "Packed
 * layers").
 */
public enum Tails {
  /**
   * In their data, padded to a block. So images share them with the rest of a layer, and an image's
   * metadata is small: for bundles.
   */
  IN_DATA("4"),

  /** In their index, to stand beside inodes: a smaller image, all of which is its own. */
  BESIDE_INODES("3");

  private final String packer;

  Tails(String packer) {
    this.packer = packer;
  }

  /** Rises whenever the same layer would give other content or entries. */
  String packer() {
    return packer;
  }

  /** How long a tail beside an inode of these attributes may be. */
  ToIntFunction<Attributes> inlineRoom() {
    return this == IN_DATA ? attributes -> 0 : ErofsImage::inlineRoom;
  }
}
