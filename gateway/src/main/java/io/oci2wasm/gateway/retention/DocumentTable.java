package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;

/**
 * The documents that were visited, in which turn, and their height above the layers. It is a hash
 * table in a file, so its memory does not grow with the documents.
 */
final class DocumentTable implements AutoCloseable {
  private static final int DIGEST_BYTES = 32;
  private static final int TURN = DIGEST_BYTES;
  private static final int HEIGHT = TURN + Integer.BYTES;
  private static final int SLOT_BYTES = HEIGHT + Integer.BYTES;
  private static final int FIRST_SLOTS = 1 << 12;

  private final Path directory;
  private final ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES);
  private Path file;
  private FileChannel channel;
  private long slots = FIRST_SLOTS;
  private long used;

  DocumentTable(Path directory) throws IOException {
    this.directory = directory;
    this.file = Files.createTempFile(directory, "documents", null);
    this.channel = open(file);
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /**
   * Whether a document is walked for the first time in {@code turn}, a number above 0; from now on
   * it is not.
   */
  boolean enter(Sha256Digest digest, int turn) throws IOException {
    byte[] key = HexFormat.of().parseHex(digest.hex());
    long at = find(key);
    boolean known = slot.getInt(TURN) != 0;
    if (known && slot.getInt(TURN) == turn) {
      return false;
    }
    slot.put(0, key).putInt(TURN, turn).putInt(HEIGHT, known ? slot.getInt(HEIGHT) : 0);
    write(channel, at);
    if (!known && ++used * 2 > slots) {
      grow();
    }
    return true;
  }

  /** How high a document stands above what it leads to; 0 where it was not walked to its end. */
  int height(Sha256Digest digest) throws IOException {
    long unused = find(HexFormat.of().parseHex(digest.hex()));
    return slot.getInt(HEIGHT);
  }

  void setHeight(Sha256Digest digest, int height) throws IOException {
    long at = find(HexFormat.of().parseHex(digest.hex()));
    slot.putInt(HEIGHT, height);
    write(channel, at);
  }

  /** The place of {@code key}, or of what it may be put into; {@link #slot} has what is there. */
  private long find(byte[] key) throws IOException {
    long at = Math.floorMod(ByteBuffer.wrap(key).getLong(), slots);
    while (true) {
      read(at);
      if (slot.getInt(TURN) == 0 || slot.slice(0, DIGEST_BYTES).equals(ByteBuffer.wrap(key))) {
        return at;
      }
      at = (at + 1) % slots;
    }
  }

  private void read(long at) throws IOException {
    slot.clear();
    while (slot.hasRemaining() && channel.read(slot, at * SLOT_BYTES + slot.position()) >= 0) {
      // on
    }
    while (slot.hasRemaining()) {
      slot.put((byte) 0); // beyond the end of the file nothing was written yet
    }
  }

  private void write(FileChannel to, long at) throws IOException {
    slot.clear();
    while (slot.hasRemaining()) {
      int unused = to.write(slot, at * SLOT_BYTES + slot.position());
    }
  }

  private void grow() throws IOException {
    Path oldFile = file;
    FileChannel old = channel;
    long count = slots;
    file = Files.createTempFile(directory, "documents", null);
    channel = open(file);
    slots = count * 4;
    ByteBuffer some = ByteBuffer.allocate(FIRST_SLOTS * SLOT_BYTES);
    ByteBuffer one = ByteBuffer.allocate(SLOT_BYTES);
    for (long from = 0; from < count; from += FIRST_SLOTS) {
      some.clear();
      while (some.hasRemaining() && old.read(some, from * SLOT_BYTES + some.position()) >= 0) {
        // on
      }
      some.flip();
      while (some.remaining() >= SLOT_BYTES) {
        some.get(one.array());
        if (one.getInt(TURN) != 0) {
          byte[] key = new byte[DIGEST_BYTES];
          one.get(0, key);
          long at = find(key);
          slot.put(0, one.array());
          write(channel, at);
        }
      }
    }
    old.close();
    Files.delete(oldFile);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }
}
