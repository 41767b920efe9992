package io.oci2wasm.ingest.step;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/**
 * A blob as it is read: counted and hashed. It ends one byte after the size that was announced, so
 * that nobody can make us read for ever.
 */
final class VerifiedStream extends FilterInputStream {
  private final Descriptor descriptor;
  private final MessageDigest sha256 = Sha256Digest.newMessageDigest();
  private long count;

  VerifiedStream(InputStream in, Descriptor descriptor) {
    super(in);
    this.descriptor = descriptor;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    long left = descriptor.size() + 1 - count;
    if (left <= 0) {
      return -1;
    }
    int read = super.read(buffer, offset, (int) Math.min(length, left));
    if (read > 0) {
      count += read;
      sha256.update(buffer, offset, read);
    }
    return read;
  }

  /** Everything passes through {@link #read}. */
  @Override
  public boolean markSupported() {
    return false;
  }

  long count() {
    return count;
  }

  /**
   * Checks what was read to the end.
   *
   * @throws RejectedException {@link Reason#DIGEST_MISMATCH}
   */
  void check() throws RejectedException {
    if (count > descriptor.size()) {
      throw mismatch("more than " + descriptor.size() + " bytes");
    }
    Sha256Digest found = Sha256Digest.from(sha256.digest());
    if (count != descriptor.size() || !found.equals(descriptor.digest())) {
      throw mismatch(found + " of " + count + " bytes");
    }
  }

  private RejectedException mismatch(String found) {
    return new RejectedException(
        Reason.DIGEST_MISMATCH,
        String.format(
            "fetching blob %s: found %s, expected %s bytes of that digest; the registry"
                + " served other content: push the image again",
            descriptor.digest(), found, descriptor.size()));
  }
}
