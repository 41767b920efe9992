package io.oci2wasm.converter.rootfs;

/** Files without content. */
public enum SpecialType {
  CHARACTER_DEVICE(0),
  BLOCK_DEVICE(1),
  FIFO(2);

  /** Largest device numbers of Linux: 12 bits major, 20 bits minor (kdev_t.h). */
  public static final int MAX_MAJOR = (1 << 12) - 1;

  public static final int MAX_MINOR = (1 << 20) - 1;

  /** What stands for it in a packed layer's index. */
  final int code;

  SpecialType(int code) {
    this.code = code;
  }
}
