package io.oci2wasm.converter.frame;

import io.oci2wasm.api.recipe.Units;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where each frame of a sequence is. Encoded, it is an entry of 32 bits for each, little-endian:
 *
 * <pre>
 *  31     30                                    0
 * | as is | size of the frame where it is stored |
 * </pre>
 *
 * Immutable.
 */
public final class FrameTable {
  /** Size of a frame's content; only the last one of a layer or of the metadata may have less. */
  public static final int FRAME_BYTES = 128 << 10;

  /** The table of no frames. */
  public static final FrameTable EMPTY = new FrameTable(new int[0], new int[0]);

  private static final int AS_IS = 1 << 31;

  private final int[] entries;
  private final long[] starts;

  /** None where they are not known. */
  private final int[] checks;

  private FrameTable(int[] entries, int[] checks) {
    this.entries = entries;
    this.checks = checks;
    this.starts = new long[entries.length + 1];
    for (int frame = 0; frame < entries.length; frame++) {
      int size = sizeBytes(frame);
      if (size == 0 || size > FRAME_BYTES) {
        throw new IllegalArgumentException(
            String.format(
                "frame table: found frame %s of %s bytes, expected 1 to %s",
                frame, size, FRAME_BYTES));
      }
      starts[frame + 1] = starts[frame] + size;
    }
  }

  /**
   * Reads a table that is the rest of {@code encoded}; {@link #encode} gives the same bytes back.
   * It knows no checks.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static FrameTable decode(ByteBuffer encoded) {
    return new FrameTable(numbers(encoded), new int[0]);
  }

  /**
   * Reads a table from what {@link #encode} and {@link #encodeChecks} gave.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static FrameTable decode(ByteBuffer encoded, ByteBuffer checks) {
    int[] entries = numbers(encoded);
    int[] each = numbers(checks);
    if (each.length != entries.length) {
      throw new IllegalArgumentException(
          String.format(
              "frame table: found %s checks of %s frames, expected one of each",
              each.length, entries.length));
    }
    return new FrameTable(entries, each);
  }

  private static int[] numbers(ByteBuffer encoded) {
    if (encoded.remaining() % Integer.BYTES != 0) {
      throw new IllegalArgumentException(
          "frame table: found " + encoded.remaining() + " bytes, expected a multiple of 4");
    }
    int[] numbers = new int[encoded.remaining() / Integer.BYTES];
    encoded.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(numbers);
    return numbers;
  }

  /** Four bytes for each frame. */
  public byte[] encode() {
    return bytes(entries);
  }

  /** Four bytes for each frame: its CRC-32C. */
  public byte[] encodeChecks() {
    requireChecks();
    return bytes(checks);
  }

  private static byte[] bytes(int[] numbers) {
    ByteBuffer encoded =
        ByteBuffer.allocate(numbers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    encoded.asIntBuffer().put(numbers);
    return encoded.array();
  }

  private void requireChecks() {
    if (checks.length != entries.length) {
      throw new IllegalStateException("frame table: found one without checks, expected them");
    }
  }

  /** Number of frames. */
  public int count() {
    return entries.length;
  }

  /** Size of a frame where it is stored. */
  public int sizeBytes(int frame) {
    return entries[frame] & ~AS_IS;
  }

  /** Is the content stored as it is? */
  public boolean asIs(int frame) {
    return (entries[frame] & AS_IS) != 0;
  }

  /** CRC-32C of a frame as it is stored. */
  public int check(int frame) {
    requireChecks();
    return checks[frame];
  }

  /** First byte of a frame; for {@link #count} the end of the last one. */
  public long start(int frame) {
    return starts[frame];
  }

  /** Size of all frames where they are stored. */
  public long storedBytes() {
    return starts[entries.length];
  }

  /** Size of what a reader of the frames sees, who takes each for a whole one. */
  public long contentBytes() {
    return (long) entries.length * FRAME_BYTES;
  }

  /** Frames as units of a recipe. */
  public Units units(int firstFrame, int frames) {
    Units.Builder units = new Units.Builder();
    for (int frame = firstFrame; frame < firstFrame + frames; frame++) {
      units.add(sizeBytes(frame), check(frame));
    }
    return units.build();
  }

  /** Collects entries. */
  public static final class Builder {
    private int[] entries = new int[16];
    private int[] checks = new int[16];
    private int count;

    /** Adds a frame of {@code size} bytes with their {@code check}. */
    public Builder add(int size, boolean asIs, int check) {
      return addEntry(size | (asIs ? AS_IS : 0), check);
    }

    /** Adds {@code frames} frames of another table. */
    public Builder addAll(FrameTable table, int firstFrame, int frames) {
      for (int frame = firstFrame; frame < firstFrame + frames; frame++) {
        addEntry(table.entries[frame], table.check(frame));
      }
      return this;
    }

    /** Adds all frames of another table. */
    public Builder addAll(FrameTable table) {
      return addAll(table, 0, table.count());
    }

    private Builder addEntry(int entry, int check) {
      if (count == entries.length) {
        entries = Arrays.copyOf(entries, 2 * count);
        checks = Arrays.copyOf(checks, 2 * count);
      }
      entries[count] = entry;
      checks[count++] = check;
      return this;
    }

    /** The table of what was added so far. */
    public FrameTable build() {
      return new FrameTable(Arrays.copyOf(entries, count), Arrays.copyOf(checks, count));
    }
  }
}
