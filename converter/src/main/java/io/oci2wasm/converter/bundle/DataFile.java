package io.oci2wasm.converter.bundle;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.frame.FrameTable;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * @param moduleFrameBytes size of the first frames, which are in the module
 * @param frameBytes size of the others, which are in this file
 * @param identity of the frames of both
 */
public record DataFile(String name, long moduleFrameBytes, long frameBytes, Sha256Digest identity) {
  static final int HEADER_BYTES = 296;
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
  }

  /**
   * A data file of this name for all frames but those of the metadata.
   *
   * @param frames the table of all frames
   * @param layers the diffIDs, lowest layer first
   */
  public static DataFile of(
      String name, FrameTable frames, long metadataBytes, List<Sha256Digest> layers) {
    MessageDigest identity = Sha256Digest.newMessageDigest();
    identity.update(frames.encode());
    for (Sha256Digest layer : layers) {
      identity.update((layer + "\n").getBytes(US_ASCII));
    }
    return new DataFile(
        name,
        metadataBytes,
        frames.storedBytes() - metadataBytes,
        Sha256Digest.from(identity.digest()));
  }

  /** Size of the file. */
  public long sizeBytes() {
    return frameBytes + END_BYTES;
  }

  /** As {@code bundle.json} has it. */
  public BundleDescription.Data describe() {
    return new BundleDescription.Data(name, sizeBytes(), identity);
  }

  /** Writes what comes behind the frames. */
  public void writeEnd(WritableByteChannel target) throws IOException {
    ByteBuffer end = ByteBuffer.wrap(end(identity));
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

  /** Adds what the payload header says of it, little-endian. */
  void encode(ByteBuffer header) {
    header
        .putLong(moduleFrameBytes)
        .put(bytes(identity))
        .put(Arrays.copyOf(name.getBytes(UTF_8), NAME_BYTES));
  }

  /** Reads what {@link #encode} has written, from a header with {@code frames}. */
  static DataFile decode(ByteBuffer header, FrameTable frames) {
    long moduleFrameBytes = header.getLong();
    byte[] digest = new byte[DIGEST_BYTES];
    header.get(digest);
    byte[] padded = new byte[NAME_BYTES];
    header.get(padded);
    String name = new String(padded, UTF_8);
    int end = name.indexOf(0);
    return new DataFile(
        end < 0 ? name : name.substring(0, end),
        moduleFrameBytes,
        frames.storedBytes() - moduleFrameBytes,
        Sha256Digest.from(digest));
  }

  /**
   * What is wrong with {@code file} as the data file that {@code expected} describes; empty if it
   * is the one.
   */
  public static Optional<String> fault(BundleDescription.Data expected, Path file)
      throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.of("found no such file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() != expected.size()) {
        return Optional.of(
            String.format("found %s bytes, expected %s", channel.size(), expected.size()));
      }
      ByteBuffer found = ByteBuffer.allocate(END_BYTES);
      while (found.hasRemaining()
          && channel.read(found, expected.size() - found.remaining()) >= 0) {
        // The buffer fills.
      }
      return Arrays.equals(found.array(), end(expected.identity()))
          ? Optional.empty()
          : Optional.of("found the data of another bundle");
    }
  }
}
