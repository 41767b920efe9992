package io.oci2wasm.runtime.bundle;

import io.oci2wasm.runtime.store.ObjectStore;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads pieces of objects; one open stream serves those that follow one another. */
final class ObjectReader implements AutoCloseable {
  /** Passing by this much costs less than a new request. */
  private static final long MAX_GAP_BYTES = 1L << 20;

  private final ObjectStore store;
  private @Nullable InputStream stream;
  private String object = "";
  private long position;
  private long end;

  ObjectReader(ObjectStore store) {
    this.store = store;
  }

  /** Whether what begins at {@code offset} is read on from {@code position}. */
  static boolean isNear(long position, long offset) {
    return offset >= position && offset - position <= MAX_GAP_BYTES;
  }

  /**
   * Fills the first {@code length} bytes of {@code target}.
   *
   * @param until tells where what is read next of this object ends, if a request is made for it
   * @throws DamagedBundleException if the object is gone or too short
   */
  void read(String key, long offset, byte[] target, int length, LongSupplier until)
      throws IOException {
    InputStream in = streamAt(key, offset, offset + length, until);
    int count = in.readNBytes(target, 0, length);
    position += count;
    if (count < length) {
      throw new DamagedBundleException(
          String.format(
              "object store, reading %s: found its end at byte %s, expected %s bytes or more;"
                  + " restore the object, or remove it and convert the image again with force",
              key, position, offset + length));
    }
  }

  private InputStream streamAt(String key, long offset, long least, LongSupplier until)
      throws IOException {
    InputStream open = stream;
    if (open != null && object.equals(key) && isNear(position, offset) && least <= end) {
      try {
        open.skipNBytes(offset - position);
        position = offset;
        return open;
      } catch (EOFException e) {
        // It ends before: a request of its own finds that, as for what begins behind its end.
      }
    }
    close();
    long wanted = Math.max(least, until.getAsLong());
    InputStream fresh =
        store
            .get(key, offset, wanted - offset)
            .orElseThrow(
                () ->
                    new DamagedBundleException(
                        String.format(
                            "object store, reading %s: found no such object, expected the part of a"
                                + " bundle; restore it, or convert the image again with force",
                            key)));
    stream = fresh;
    object = key;
    position = offset;
    end = wanted;
    return fresh;
  }

  @Override
  public void close() throws IOException {
    InputStream open = stream;
    stream = null;
    if (open != null) {
      try (open) {
        if (position == end) {
          // Only a connection that was read to its end is used again.
          int unused = open.read();
        }
      }
    }
  }
}
