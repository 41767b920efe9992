package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.rootfs.BackgroundDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Writes buffers with arrays through, and computes the digest of what was written. */
final class DigestingChannel implements WritableByteChannel {
  private final WritableByteChannel target;
  private final BackgroundDigest digest = new BackgroundDigest("hash-module");

  DigestingChannel(WritableByteChannel target) {
    this.target = target;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int start = source.arrayOffset() + source.position();
    int got = target.write(source);
    digest.update(source.array(), start, got);
    return got;
  }

  /** The digest of all that was written; asked once, at the end. */
  Sha256Digest digest() {
    return digest.digest();
  }

  @Override
  public boolean isOpen() {
    return target.isOpen();
  }

  @Override
  public void close() throws IOException {
    digest.close();
    target.close();
  }
}
