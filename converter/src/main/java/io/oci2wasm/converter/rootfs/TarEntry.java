package io.oci2wasm.converter.rootfs;

import java.util.Optional;

/**
 * An entry of a tar archive, with what extended headers say of it already applied.
 *
 * @param offset where in the archive its header block is
 * @param storedSize bytes of content in the archive
 * @param sparse how these make up the file, if it is sparse
 */
record TarEntry(
    long offset,
    Type type,
    ByteString name,
    ByteString linkName,
    Attributes attributes,
    long storedSize,
    Optional<SparseMap> sparse,
    long deviceMajor,
    long deviceMinor) {
  /** What an entry is; long names and extended headers are no entries of their own. */
  enum Type {
    FILE,
    HARD_LINK,
    SYMLINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    DIRECTORY,
    FIFO
  }

  /** The file's size, holes included. */
  long size() {
    return sparse.map(SparseMap::realSize).orElse(storedSize);
  }
}
