package io.oci2wasm.api.recipe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * How some bytes are cut into units, and a check of each. Encoded, a unit is its size and its
 * CRC-32C, 32 bits each, little-endian. Immutable.
 */
public final class Units {
  /** A unit has no more bytes. */
  public static final int MAX_BYTES = 128 << 10;

  private final int[] sizes;
  private final int[] checks;
  private final long sizeBytes;

  private Units(int[] sizes, int[] checks) {
    this.sizes = sizes;
    this.checks = checks;
    long sum = 0;
    for (int size : sizes) {
      if (size < 1 || size > MAX_BYTES) {
        throw new IllegalArgumentException(
            "units: found one of " + size + " bytes, expected 1 to " + MAX_BYTES);
      }
      sum += size;
    }
    this.sizeBytes = sum;
  }

  /** The check of these bytes. */
  public static int check(byte[] bytes, int offset, int length) {
    CRC32C check = new CRC32C();
    check.update(bytes, offset, length);
    return (int) check.getValue();
  }

  /** Bytes cut into units as large as can be. */
  public static Units of(ByteBuffer bytes) {
    Builder units = new Builder();
    ByteBuffer left = bytes.duplicate();
    while (left.hasRemaining()) {
      ByteBuffer unit = left.slice(left.position(), Math.min(left.remaining(), MAX_BYTES));
      left.position(left.position() + unit.remaining());
      CRC32C check = new CRC32C();
      int size = unit.remaining();
      check.update(unit);
      units.add(size, (int) check.getValue());
    }
    return units.build();
  }

  /**
   * Reads the text of {@link #encode}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Units decode(String text) {
    byte[] encoded = Base64.getDecoder().decode(text);
    if (encoded.length % (2 * Integer.BYTES) != 0) {
      throw new IllegalArgumentException(
          "units: found " + encoded.length + " bytes, expected a multiple of 8");
    }
    ByteBuffer numbers = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    int[] sizes = new int[encoded.length / (2 * Integer.BYTES)];
    int[] checks = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = numbers.getInt();
      checks[i] = numbers.getInt();
    }
    return new Units(sizes, checks);
  }

  /** Base64 of eight bytes for each unit. */
  String encode() {
    ByteBuffer numbers =
        ByteBuffer.allocate(sizes.length * 2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < sizes.length; i++) {
      numbers.putInt(sizes[i]).putInt(checks[i]);
    }
    return Base64.getEncoder().encodeToString(numbers.array());
  }

  /** Number of units. */
  public int count() {
    return sizes.length;
  }

  /** Size of a unit. */
  public int sizeBytes(int unit) {
    return sizes[unit];
  }

  /** Size of all units. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Whether the first bytes of {@code bytes} can be those of a unit. */
  public boolean matches(int unit, byte[] bytes) {
    return check(bytes, 0, sizes[unit]) == checks[unit];
  }

  /** Collects units. */
  public static final class Builder {
    private int[] sizes = new int[16];
    private int[] checks = new int[16];
    private int count;

    /** Adds a unit. */
    public Builder add(int size, int check) {
      if (count == sizes.length) {
        sizes = Arrays.copyOf(sizes, 2 * count);
        checks = Arrays.copyOf(checks, 2 * count);
      }
      sizes[count] = size;
      checks[count++] = check;
      return this;
    }

    /** The units that were added so far. */
    public Units build() {
      return new Units(Arrays.copyOf(sizes, count), Arrays.copyOf(checks, count));
    }
  }
}
