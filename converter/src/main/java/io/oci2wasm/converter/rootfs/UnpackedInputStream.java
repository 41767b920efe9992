package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** A layer's unpacked bytes: counts them and computes their digest, the diffID. */
final class UnpackedInputStream extends InputStream {
  private final InputStream in;
  private final MessageDigest digest = Sha256Digest.newMessageDigest();
  private long count;

  UnpackedInputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int got = in.read(target, offset, length);
    if (got > 0) {
      digest.update(target, offset, got);
      count += got;
    }
    return got;
  }

  long count() {
    return count;
  }

  /** The digest of all that was read; asked once, at the end. */
  Sha256Digest digest() {
    return Sha256Digest.from(digest.digest());
  }
}
