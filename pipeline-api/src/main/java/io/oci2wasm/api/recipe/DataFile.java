package io.oci2wasm.api.recipe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The second file of a split bundle: frames, and an end of 40 bytes that says whose they are
 * (docs/FORMATS.md, "Split bundles").
 *
 * @param moduleFrameBytes size of the first frames, which are in the module; those of the metadata
 *     in bundles of earlier versions, none since
 * @param frameBytes size of the others, which are in this file
 * @param identity of the frames of both
 */
public record DataFile(String name, long moduleFrameBytes, long frameBytes, Sha256Digest identity) {
  /** Size of what the payload header says of it. */
  public static final int HEADER_BYTES = 296;

  private static final int NAME_BYTES = 256;
  private static final byte[] MAGIC = "OCI2WDAT".getBytes(US_ASCII);
  private static final int DIGEST_BYTES = 32;
  private static final int END_BYTES = MAGIC.length + DIGEST_BYTES;

  public DataFile {
    int length = name.getBytes(UTF_8).length;
    if (length == 0 || length >= NAME_BYTES || name.indexOf('/') >= 0 || name.indexOf(0) >= 0) {
      throw new IllegalArgumentException(
          String.format(
              "data file: found the name \"%s\", expected 1 to %s bytes without /",
              name, NAME_BYTES - 1));
    }
    if (moduleFrameBytes < 0 || frameBytes < 0 || frameBytes > Long.MAX_VALUE - END_BYTES) {
      throw new IllegalArgumentException(
          String.format(
              "data file: found frames of %s bytes beside %s in the module, expected sizes",
              frameBytes, moduleFrameBytes));
    }
  }

  /**
   * A data file of this name for all frames.
   *
   * @param frameTable their table
   * @param frameBytes their size
   * @param layers the diffIDs, lowest layer first
   */
  public static DataFile of(
      String name, byte[] frameTable, long frameBytes, List<Sha256Digest> layers) {
    MessageDigest identity = Sha256Digest.newMessageDigest();
    identity.update(frameTable);
    for (Sha256Digest layer : layers) {
      identity.update((layer + "\n").getBytes(US_ASCII));
    }
    return new DataFile(name, 0, frameBytes, Sha256Digest.from(identity.digest()));
  }

  /** Size of the file. */
  public long sizeBytes() {
    return frameBytes + END_BYTES;
  }

  /** What comes behind the frames. */
  public byte[] end() {
    return end(identity);
  }

  /** Writes that. */
  public void writeEnd(WritableByteChannel target) throws IOException {
    ByteBuffer end = ByteBuffer.wrap(end());
    while (end.hasRemaining()) {
      target.write(end);
    }
  }

  private static byte[] end(Sha256Digest identity) {
    return ByteBuffer.allocate(END_BYTES).put(MAGIC).put(bytes(identity)).array();
  }

  private static byte[] bytes(Sha256Digest digest) {
    return HexFormat.of().parseHex(digest.hex());
  }

  /** What the payload header says of it. */
  public byte[] header() {
    return ByteBuffer.allocate(HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(moduleFrameBytes)
        .put(bytes(identity))
        .put(Arrays.copyOf(name.getBytes(UTF_8), NAME_BYTES))
        .array();
  }

  /**
   * Reads what {@link #header} gives, from a little-endian buffer.
   *
   * @param frameBytes size of all frames
   */
  public static DataFile decode(ByteBuffer header, long frameBytes) {
    long moduleFrameBytes = header.getLong();
    byte[] digest = new byte[DIGEST_BYTES];
    header.get(digest);
    byte[] padded = new byte[NAME_BYTES];
    header.get(padded);
    String name = new String(padded, UTF_8);
    int end = name.indexOf(0);
    // Of a size that is none, the difference may be one again.
    boolean overflows = frameBytes < moduleFrameBytes;
    return new DataFile(
        end < 0 ? name : name.substring(0, end),
        moduleFrameBytes,
        overflows ? -1 : frameBytes - moduleFrameBytes,
        Sha256Digest.from(digest));
  }

  /**
   * What is wrong with {@code file} as the data file of this size and identity; empty if it is the
   * one.
   */
  public static Optional<String> fault(long size, Sha256Digest identity, Path file)
      throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.of("found no such file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() != size) {
        return Optional.of(String.format("found %s bytes, expected %s", channel.size(), size));
      }
      ByteBuffer found = ByteBuffer.allocate(END_BYTES);
      while (found.hasRemaining() && channel.read(found, size - found.remaining()) >= 0) {
        // The buffer fills.
      }
      return Arrays.equals(found.array(), end(identity))
          ? Optional.empty()
          : Optional.of("found the data of another bundle");
    }
  }
}
