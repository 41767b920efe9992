package io.oci2wasm.ingest.step;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * A blob as it is read: counted and hashed. It ends one byte after the size that was announced, so
 * that nobody can make us read for ever.
 */
final class VerifiedStream extends FilterInputStream {
  private final BoundedInputStream bounded;
  private final MessageDigest sha256;
  private final Descriptor descriptor;

  private VerifiedStream(BoundedInputStream bounded, MessageDigest sha256, Descriptor descriptor) {
    super(bounded);
    this.bounded = bounded;
    this.sha256 = sha256;
    this.descriptor = descriptor;
  }

  static VerifiedStream of(InputStream in, Descriptor descriptor) throws IOException {
    MessageDigest sha256 = Sha256Digest.newMessageDigest();
    BoundedInputStream bounded =
        BoundedInputStream.builder()
            .setInputStream(new DigestInputStream(in, sha256))
            .setMaxCount(descriptor.size() + 1)
            .get();
    return new VerifiedStream(bounded, sha256, descriptor);
  }

  /** Everything passes through {@link #read}. */
  @Override
  public boolean markSupported() {
    return false;
  }

  long count() {
    return bounded.getCount();
  }

  /**
   * Checks what was read to the end.
   *
   * @throws RejectedException {@link Reason#DIGEST_MISMATCH}
   */
  void check() throws RejectedException {
    if (count() > descriptor.size()) {
      throw mismatch("more than " + descriptor.size() + " bytes");
    }
    Sha256Digest found = Sha256Digest.from(sha256.digest());
    if (count() != descriptor.size() || !found.equals(descriptor.digest())) {
      throw mismatch(found + " of " + count() + " bytes");
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
