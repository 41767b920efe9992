package io.oci2wasm.converter.frame;

import com.github.luben.zstd.util.Native;
import com.github.luben.zstd.util.ZstdVersion;

/**
 * How frames are compressed: {@code none}, or {@code zstd:LEVEL}.
 *
 * @param level zstd's, 1 to 19; 0 for none
 */
public record FrameCompression(int level) {
  /** Every frame is stored as it is. */
  public static final FrameCompression NONE = new FrameCompression(0);

  /** docs/PERFORMANCE.md, "Compression" tells why this level. */
  public static final FrameCompression DEFAULT = new FrameCompression(1);

  /** Higher levels want windows that a frame of 128 KiB cannot fill. */
  public static final int MAX_LEVEL = 19;

  private static final String NONE_NAME = "none";
  private static final String ZSTD = "zstd";

  public FrameCompression {
    if (level < 0 || level > MAX_LEVEL) {
      throw new IllegalArgumentException(
          "compression: found level " + level + ", expected 1 to " + MAX_LEVEL);
    }
  }

  /**
   * Reads {@code none}, {@code zstd} or {@code zstd:LEVEL}; {@link #toString} gives the first or
   * the last of these.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static FrameCompression parse(String text) {
    if (text.equals(NONE_NAME)) {
      return NONE;
    }
    if (text.equals(ZSTD)) {
      return DEFAULT;
    }
    if (text.matches(ZSTD + ":[1-9][0-9]?")) {
      return new FrameCompression(Integer.parseInt(text.substring(ZSTD.length() + 1)));
    }
    throw new IllegalArgumentException(
        String.format(
            "compression: found \"%s\", expected none, zstd or zstd:LEVEL with a level of 1 to %s",
            text, MAX_LEVEL));
  }

  /**
   * Loads zstd's library, which unpacks itself into the temporary folder.
   *
   * @throws IllegalStateException if it cannot be executed there
   */
  public static void requireLibrary() {
    try {
      Native.load();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          String.format(
              "zstd: found that its library cannot be loaded from the temporary folder %s (%s),"
                  + " expected a folder without noexec; mount it with exec, or name another by"
                  + " -Djava.io.tmpdir=DIR",
              System.getProperty("java.io.tmpdir"), e.getMessage()),
          e);
    }
  }

  /** Names whatever decides about the bytes of frames, with the library that makes them. */
  public String version() {
    return level == 0 ? NONE_NAME : ZSTD + "-" + level + "-" + ZstdVersion.VERSION;
  }

  @Override
  public String toString() {
    return level == 0 ? NONE_NAME : ZSTD + ":" + level;
  }
}
