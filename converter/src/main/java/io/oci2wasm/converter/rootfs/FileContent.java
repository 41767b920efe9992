package io.oci2wasm.converter.rootfs;

/**
 * Where a regular file's bytes are in its packed layer: {@code blocks()} whole blocks of the
 * layer's data from {@code firstBlock} on, then {@code tailLength} bytes of the layer's index at
 * {@code tailOffset}. A tail too long to stand beside its inode is in a last data block, padded
 * with zeros; {@code tailLength} is then 0.
 */
public record FileContent(long sizeBytes, long firstBlock, int tailLength, long tailOffset) {
  /** Size of a block, in layers and in the EROFS image. */
  public static final int BLOCK_SIZE = 4096;

  public FileContent {
    if (sizeBytes < 0
        || firstBlock < 0
        || tailLength < 0
        || tailLength >= BLOCK_SIZE
        || tailLength > sizeBytes
        || (tailLength > 0 && (sizeBytes - tailLength) % BLOCK_SIZE != 0)) {
      throw new IllegalArgumentException(
          String.format(
              "file content: found size %s, first block %s, tail %s, expected whole blocks"
                  + " and a tail shorter than one",
              sizeBytes, firstBlock, tailLength));
    }
  }

  /** How many data blocks the file has. */
  public long blocks() {
    return (sizeBytes - tailLength + BLOCK_SIZE - 1) / BLOCK_SIZE;
  }
}
