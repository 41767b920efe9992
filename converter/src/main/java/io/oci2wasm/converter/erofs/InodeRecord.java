package io.oci2wasm.converter.erofs;

import java.nio.ByteBuffer;

/**
 * An inode: 32 bytes where that holds everything, else 64 ({@code struct erofs_inode_compact},
 * {@code struct erofs_inode_extended}).
 *
 * @param xattrCount the unit the attributes' size is given in, 0 for none ({@link XattrBody})
 * @param mode type and permissions, as in stat
 * @param union first data block, or a device's number
 * @param number what 32-bit stat shows as the inode's number
 */
record InodeRecord(
    boolean compact,
    DataLayout layout,
    int xattrCount,
    int mode,
    long size,
    long union,
    long number,
    long uid,
    long gid,
    long mtimeSeconds,
    int mtimeNanos,
    long links) {
  static final int COMPACT_SIZE = 32;
  static final int EXTENDED_SIZE = 64;

  /** Inodes lie at multiples of this many bytes; the multiple is the node id. */
  static final int SLOT_SIZE = 32;

  /** How content is placed; bits 1 to 3 of the format. */
  enum DataLayout {
    /** All in consecutive blocks. */
    PLAIN(0),
    /** The tail right behind inode and attributes, within their block. */
    INLINE(2);

    private final int code;

    DataLayout(int code) {
      this.code = code;
    }
  }

  /** Fields of both forms that stand at the same place. */
  private static final class F {
    /** Bit 0: extended. Bits 1 to 3: {@link DataLayout}. */
    static final Field FORMAT = new Field(0, 2);

    static final Field XATTR_COUNT = new Field(2, 2);
    static final Field MODE = new Field(4, 2);
    static final Field COMPACT_LINKS = new Field(6, 2);
    static final Field COMPACT_SIZE = new Field(8, 4);
    static final Field EXTENDED_SIZE = new Field(8, 8);
    static final Field UNION = new Field(16, 4);
    static final Field NUMBER = new Field(20, 4);
    static final Field COMPACT_UID = new Field(24, 2);
    static final Field COMPACT_GID = new Field(26, 2);
    static final Field EXTENDED_UID = new Field(24, 4);
    static final Field EXTENDED_GID = new Field(28, 4);
    static final Field MTIME = new Field(32, 8);
    static final Field MTIME_NANOS = new Field(40, 4);
    static final Field EXTENDED_LINKS = new Field(44, 4);

    private F() {}
  }

  /** Whether the short form can hold these; it has no time of its own. */
  static boolean fitsCompact(long size, long uid, long gid, long links) {
    return size <= 0xffff_ffffL && uid <= 0xffff && gid <= 0xffff && links <= 0xffff;
  }

  static int sizeBytes(boolean compact) {
    return compact ? COMPACT_SIZE : EXTENDED_SIZE;
  }

  /** Writes the inode at {@code start} of {@code block}. */
  void writeInto(ByteBuffer block, int start) {
    F.FORMAT.put(block, start, (compact ? 0 : 1) | layout.code << 1);
    F.XATTR_COUNT.put(block, start, xattrCount);
    F.MODE.put(block, start, mode);
    F.UNION.put(block, start, union);
    F.NUMBER.put(block, start, number);
    if (compact) {
      F.COMPACT_LINKS.put(block, start, links);
      F.COMPACT_SIZE.put(block, start, size);
      F.COMPACT_UID.put(block, start, uid);
      F.COMPACT_GID.put(block, start, gid);
    } else {
      F.EXTENDED_LINKS.put(block, start, links);
      F.EXTENDED_SIZE.put(block, start, size);
      F.EXTENDED_UID.put(block, start, uid);
      F.EXTENDED_GID.put(block, start, gid);
      F.MTIME.put(block, start, mtimeSeconds);
      F.MTIME_NANOS.put(block, start, mtimeNanos);
    }
  }
}
