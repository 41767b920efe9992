package io.oci2wasm.converter.rootfs;

/**
 * The index of a packed layer, integers little-endian (docs/FORMATS.md, "Packed layers").
 *
 * <pre>
 * index   = magic version diffId entry* end
 * entry   = type:u8 path:bytes …, by type as below
 * bytes   = length:u32 byte*
 * attributes = permissions:u16 uid:u32 gid:u32 seconds:i64 nanos:u32 count:u16 (name:bytes value:bytes)*
 * end     = 0xff entries:u64 dataBlocks:u64 frame:u32* check:u32*
 * </pre>
 */
final class LayerIndexFormat {
  /** "O2WLAYER" read as a little-endian number. */
  static final long MAGIC = 0x524559414c57324fL;

  static final int VERSION = 3;

  static final int DIRECTORY = 1;

  /** Attributes, then size:u64 firstBlock:u64 tail:bytes. */
  static final int FILE = 2;

  /** Attributes, then target:bytes. */
  static final int SYMLINK = 3;

  /** Attributes, then kind:u8 ({@link SpecialType#code}) major:u32 minor:u32. */
  static final int SPECIAL = 4;

  static final int HARD_LINK = 5;
  static final int WHITEOUT = 6;
  static final int OPAQUE = 7;
  static final int END = 0xff;

  private LayerIndexFormat() {}
}
