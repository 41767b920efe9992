package io.oci2wasm.converter.rootfs;

import java.util.ArrayList;
import java.util.List;

/**
 * Which parts of a sparse file an archive holds; the rest is zeros. The parts are in ascending
 * order, apart from each other, and within the file (GNU tar manual, "Storing Sparse Files").
 */
record SparseMap(List<Part> parts, long realSize) {
  /** {@code length} bytes at {@code offset} of the file. */
  record Part(long offset, long length) {}

  /**
   * Checks {@code parts} against the file's size and against how much the archive holds.
   *
   * @throws IllegalArgumentException with found and expected, if they do not fit
   */
  SparseMap {
    parts = List.copyOf(parts);
    long end = 0;
    for (Part part : parts) {
      if (part.offset() < end || part.length() < 0 || part.length() > realSize - part.offset()) {
        throw new IllegalArgumentException(
            String.format(
                "sparse part of %s bytes at %s after byte %s of %s",
                part.length(), part.offset(), end, realSize));
      }
      end = part.offset() + part.length();
    }
    if (realSize < 0) {
      throw new IllegalArgumentException("sparse file of size " + realSize);
    }
  }

  /** How many bytes of the file the archive holds. */
  long storedSize() {
    return parts.stream().mapToLong(Part::length).sum();
  }

  /** Pairs up {@code numbers}: offset, length, offset, length. */
  static SparseMap of(List<Long> numbers, long realSize) {
    if (numbers.size() % 2 != 0) {
      throw new IllegalArgumentException("sparse map with an offset that has no length");
    }
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < numbers.size(); i += 2) {
      parts.add(new Part(numbers.get(i), numbers.get(i + 1)));
    }
    return new SparseMap(parts, realSize);
  }

  /** Offsets and lengths with commas between: the map of GNU's PAX format 0.1. */
  static List<Long> numbers(String commaSeparated) {
    List<Long> numbers = new ArrayList<>();
    for (String word : commaSeparated.split(",", -1)) {
      numbers.add(decimal(word));
    }
    return numbers;
  }

  /** A decimal number as PAX records hold it, 0 to 2^63-1. */
  static long decimal(String word) {
    try {
      long value = Long.parseLong(word);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + word + "\" where a number should be", e);
    }
    throw new IllegalArgumentException("\"" + word + "\" where a number from 0 on should be");
  }
}
