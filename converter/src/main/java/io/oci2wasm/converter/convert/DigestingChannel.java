package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;

/** Writes through, and computes the digest of what was written. */
final class DigestingChannel implements WritableByteChannel {
  private final WritableByteChannel target;
  private final MessageDigest digest = Sha256Digest.newMessageDigest();

  DigestingChannel(WritableByteChannel target) {
    this.target = target;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    ByteBuffer written = source.duplicate();
    int got = target.write(source);
    digest.update(written.limit(written.position() + got));
    return got;
  }

  /** The digest of all that was written; asked once, at the end. */
  Sha256Digest digest() {
    return Sha256Digest.from(digest.digest());
  }

  @Override
  public boolean isOpen() {
    return target.isOpen();
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
