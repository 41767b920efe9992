package io.oci2wasm.converter.rootfs;

/**
 * The fields of a 512-byte tar header (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar
 * manual, "Basic Tar Format" for those marked GNU), by offset and width in bytes.
 */
enum TarField {
  NAME(0, 100),
  MODE(100, 8),
  UID(108, 8),
  GID(116, 8),
  SIZE(124, 12),
  MTIME(136, 12),
  CHECKSUM(148, 8),
  TYPE(156, 1),
  LINK_NAME(157, 100),
  /** {@code ustar\0} and version {@code 00}, or GNU's {@code ustar}, two spaces and NUL. */
  MAGIC(257, 8),
  DEVICE_MAJOR(329, 8),
  DEVICE_MINOR(337, 8),
  /** Goes before the name in POSIX headers; other things are here in GNU's. */
  PREFIX(345, 155),
  /** GNU: four pairs of offset and length, 12 bytes each number. */
  GNU_SPARSE_MAP(386, 96),
  /** GNU: not zero if more pairs follow in an extension block. */
  GNU_SPARSE_EXTENDED(482, 1),
  /** GNU: the file's size with its holes. */
  GNU_REAL_SIZE(483, 12),
  /** {@code tar\0} in star's headers, whose prefix is shorter. */
  STAR_TRAILER(508, 4);

  static final int HEADER_SIZE = 512;

  final int offset;
  final int width;

  TarField(int offset, int width) {
    this.offset = offset;
    this.width = width;
  }
}
