package io.oci2wasm.converter.erofs;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The superblock: 128 bytes at byte 1024 ({@code struct erofs_super_block}).
 *
 * @param rootNid the root directory's node id, below 65536
 * @param inodes number of inodes
 * @param buildSeconds the modification time of all compact inodes
 * @param blocks size of the image in blocks
 */
record Superblock(
    int rootNid, long inodes, long buildSeconds, int buildNanos, long blocks, UUID uuid) {
  static final int OFFSET = 1024;
  static final int SIZE = 128;

  /** log2 of the block size, 4096: what Linux on 4 KiB pages mounts. */
  private static final int BLOCK_BITS = 12;

  private static final long MAGIC = 0xe0f5e1e2L;

  /** The checksum is there; inodes hold modification times, not times of change. */
  private static final int FEATURE_COMPAT = 0x1 | 0x2;

  /** Fields that are not zero. Metadata begins at block 0, so its address stays zero too. */
  private static final class F {
    static final Field MAGIC = new Field(0, 4);

    /** CRC-32C of byte 1024 to the block's end, this field being zero. */
    static final Field CHECKSUM = new Field(4, 4);

    static final Field FEATURE_COMPAT = new Field(8, 4);
    static final Field BLOCK_BITS = new Field(12, 1);
    static final Field ROOT_NID = new Field(14, 2);
    static final Field INODES = new Field(16, 8);
    static final Field BUILD_TIME = new Field(24, 8);
    static final Field BUILD_TIME_NANOS = new Field(32, 4);
    static final Field BLOCKS = new Field(36, 4);
    static final Field UUID_HIGH = new Field(48, 8);
    static final Field UUID_LOW = new Field(56, 8);

    private F() {}
  }

  /** Writes the superblock into the first block, which has all its inodes already. */
  void writeInto(ByteBuffer block) {
    F.MAGIC.put(block, OFFSET, MAGIC);
    F.FEATURE_COMPAT.put(block, OFFSET, FEATURE_COMPAT);
    F.BLOCK_BITS.put(block, OFFSET, BLOCK_BITS);
    F.ROOT_NID.put(block, OFFSET, rootNid);
    F.INODES.put(block, OFFSET, inodes);
    F.BUILD_TIME.put(block, OFFSET, buildSeconds);
    F.BUILD_TIME_NANOS.put(block, OFFSET, buildNanos);
    F.BLOCKS.put(block, OFFSET, blocks);
    // A UUID is bytes in their order of reading, not a number.
    F.UUID_HIGH.put(block, OFFSET, Long.reverseBytes(uuid.getMostSignificantBits()));
    F.UUID_LOW.put(block, OFFSET, Long.reverseBytes(uuid.getLeastSignificantBits()));
    F.CHECKSUM.put(block, OFFSET, checksum(block));
  }

  private static long checksum(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(block.duplicate().position(OFFSET).limit(ErofsImage.BLOCK_SIZE));
    // Linux leaves out the inversion that ends a CRC-32C elsewhere (fs/erofs/super.c).
    return ~crc.getValue() & 0xffff_ffffL;
  }
}
