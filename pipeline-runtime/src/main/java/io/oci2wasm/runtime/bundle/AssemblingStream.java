package io.oci2wasm.runtime.bundle;

import io.oci2wasm.api.Sha256Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.Consumer;

/** Tells the digest of what passes through once, at its last byte. */
final class AssemblingStream extends FilterInputStream {
  private final MessageDigest digest = Sha256Digest.newMessageDigest();
  private final Consumer<Sha256Digest> listener;
  private long left;

  AssemblingStream(InputStream in, long sizeBytes, Consumer<Sha256Digest> listener) {
    super(in);
    this.left = sizeBytes;
    this.listener = listener;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = super.read(buffer, offset, length);
    if (count > 0) {
      digest.update(buffer, offset, count);
      left -= count;
      if (left == 0) {
        listener.accept(Sha256Digest.from(digest.digest()));
      }
    }
    return count;
  }

  /** Every byte counts. */
  @Override
  public long skip(long count) throws IOException {
    byte[] passed = new byte[(int) Math.max(0, Math.min(count, 8192))];
    return Math.max(0, read(passed, 0, passed.length));
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
