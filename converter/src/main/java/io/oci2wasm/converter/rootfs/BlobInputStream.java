package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A layer's blob as it comes: counts and hashes what is read, and remembers a failure of the
 * source, so that it can be told from damage of the content. Reads at most one piece beyond the
 * announced size.
 */
final class BlobInputStream extends InputStream {
  private final InputStream in;
  private final long announcedSize;
  private final LongConsumer progress;
  private final BackgroundDigest digest;
  private volatile long count;
  private volatile @Nullable IOException failure;

  /** {@code digestName}: of the thread that hashes. */
  BlobInputStream(InputStream in, long announcedSize, LongConsumer progress, String digestName) {
    this.in = in;
    this.digest = new BackgroundDigest(digestName);
    this.announcedSize = announcedSize;
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (isTooLong()) {
      return -1;
    }
    int got;
    try {
      got = in.read(target, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
    if (got > 0) {
      digest.update(target, offset, got);
      long total = count + got;
      count = total;
      progress.accept(total);
    }
    return got;
  }

  /** Reads on to the end of the blob, so that its digest can be told. */
  void drain() throws IOException {
    byte[] buffer = new byte[64 << 10];
    int got;
    do {
      got = read(buffer, 0, buffer.length);
    } while (got >= 0);
  }

  /** Whether the blob goes on beyond the announced size; nothing more is read then. */
  boolean isTooLong() {
    return count > announcedSize;
  }

  /** Bytes read so far; may be asked by another thread. */
  long count() {
    return count;
  }

  /** The digest of all that was read; asked once, at the end. */
  Sha256Digest digest() {
    return digest.digest();
  }

  /** What the source failed with, if it did. */
  @Nullable IOException failure() {
    return failure;
  }

  @Override
  public void close() throws IOException {
    digest.close();
    in.close();
  }
}
