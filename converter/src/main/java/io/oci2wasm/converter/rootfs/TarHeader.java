package io.oci2wasm.converter.rootfs;

import java.math.BigInteger;
import java.util.Arrays;

/** One 512-byte header block of a tar archive. Reads fields; interprets none of them. */
final class TarHeader {
  private static final ByteString POSIX_MAGIC = ByteString.utf8("ustar\0" + "00");
  private static final ByteString STAR_TRAILER = ByteString.utf8("tar\0");
  private static final int STAR_PREFIX_WIDTH = 131;
  private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigInteger MIN_LONG = BigInteger.valueOf(Long.MIN_VALUE);

  private final byte[] block;

  /** {@code block} is not copied. */
  TarHeader(byte[] block) {
    this.block = block;
  }

  /** Whether all bytes are zero: two such blocks end an archive. */
  boolean isZero() {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the checksum holds, in the unsigned form or the signed one of old tars. */
  boolean checksumHolds() {
    int unsigned = 0;
    int signed = 0;
    int from = TarField.CHECKSUM.offset;
    int to = from + TarField.CHECKSUM.width;
    for (int i = 0; i < TarField.HEADER_SIZE; i++) {
      byte b = i >= from && i < to ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    try {
      long stored = number(TarField.CHECKSUM);
      return stored == unsigned || stored == signed;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  byte type() {
    return block[TarField.TYPE.offset];
  }

  /** The name, with the prefix of POSIX and star headers. */
  ByteString name() {
    ByteString name = text(TarField.NAME);
    if (!bytes(TarField.MAGIC).equals(POSIX_MAGIC)) {
      return name;
    }
    int width =
        bytes(TarField.STAR_TRAILER).equals(STAR_TRAILER)
            ? STAR_PREFIX_WIDTH
            : TarField.PREFIX.width;
    ByteString prefix = text(TarField.PREFIX.offset, width);
    return prefix.isEmpty() ? name : prefix.concat(ByteString.utf8("/")).concat(name);
  }

  /** A text field, up to its first NUL. */
  ByteString text(TarField field) {
    return text(field.offset, field.width);
  }

  private ByteString text(int offset, int width) {
    int end = offset;
    while (end < offset + width && block[end] != 0) {
      end++;
    }
    return ByteString.copyOf(block, offset, end);
  }

  /** A field as it stands. */
  ByteString bytes(TarField field) {
    return ByteString.copyOf(block, field.offset, field.offset + field.width);
  }

  /**
   * A number: octal digits, or GNU's base-256 where the first bit is set.
   *
   * @throws IllegalArgumentException with found and expected, if it is neither or beyond 64 bits
   */
  long number(TarField field) {
    return number(block, field.offset, field.width, field.name());
  }

  static long number(byte[] bytes, int offset, int width, String field) {
    if ((bytes[offset] & 0x80) != 0) {
      return base256(bytes, offset, width, field);
    }
    int at = offset;
    int end = offset + width;
    while (at < end && bytes[at] == ' ') {
      at++;
    }
    long value = 0;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '7') {
      value = value << 3 | (bytes[at++] - '0');
    }
    while (at < end) {
      if (bytes[at] != ' ' && bytes[at] != 0) {
        throw new IllegalArgumentException(field + " with a byte that is no octal digit");
      }
      at++;
    }
    return value;
  }

  /** Two's complement, big-endian, the first bit being only a mark (GNU tar, "Extensions"). */
  private static long base256(byte[] bytes, int offset, int width, String field) {
    byte[] raw = Arrays.copyOfRange(bytes, offset, offset + width);
    if ((raw[0] & 0x40) == 0) {
      raw[0] &= 0x7f;
    }
    BigInteger value = new BigInteger(raw);
    if (value.compareTo(MIN_LONG) < 0 || value.compareTo(MAX_LONG) > 0) {
      throw new IllegalArgumentException(field + " beyond 64 bits");
    }
    return value.longValue();
  }
}
