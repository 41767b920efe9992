package io.oci2wasm.gateway.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Some bytes of an object in one piece (RFC 9110, section 14.1.2).
 *
 * @param first counted from 0
 * @param last the last one's place, too
 */
record ByteRange(long first, long last) {
  private static final Pattern ONE = Pattern.compile("bytes *= *([0-9]{0,18})-([0-9]{0,18})");

  /** What a header asks for that no object of this size has. */
  static final class UnsatisfiableException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /**
   * What {@code header} asks for; empty if that is the whole object, as for several ranges, other
   * units and what cannot be understood, all of which a server may ignore.
   *
   * @throws UnsatisfiableException if it lies beyond {@code size} bytes
   */
  static Optional<ByteRange> parse(@Nullable String header, long size)
      throws UnsatisfiableException {
    Matcher one = ONE.matcher(header == null ? "" : header.strip());
    if (!one.matches() || (one.group(1).isEmpty() && one.group(2).isEmpty())) {
      return Optional.empty();
    }
    if (one.group(1).isEmpty()) {
      long count = Long.parseLong(one.group(2));
      if (count == 0 || size == 0) {
        throw new UnsatisfiableException();
      }
      return Optional.of(new ByteRange(Math.max(0, size - count), size - 1));
    }
    long first = Long.parseLong(one.group(1));
    long last = one.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(one.group(2));
    if (last < first) {
      return Optional.empty();
    }
    if (first >= size) {
      throw new UnsatisfiableException();
    }
    return Optional.of(new ByteRange(first, Math.min(last, size - 1)));
  }

  long length() {
    return last - first + 1;
  }

  /** As {@code Content-Range} has it. */
  String of(long size) {
    return "bytes " + first + "-" + last + "/" + size;
  }
}
