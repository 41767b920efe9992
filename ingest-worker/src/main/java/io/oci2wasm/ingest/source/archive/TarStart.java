package io.oci2wasm.ingest.source.archive;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Arrays;

/** The first 512-byte header of what should be a tar, which tells a plain one from a compressed. */
final class TarStart {
  private static final int HEADER_BYTES = 512;

  /** POSIX.1-2017, pax, "ustar Interchange Format": offset 257; GNU's has the same five bytes. */
  private static final int MAGIC_OFFSET = 257;

  private static final byte[] MAGIC = "ustar".getBytes(US_ASCII);
  private static final int BUFFER_BYTES = 64 * 1024;

  private final byte[] bytes;

  private TarStart(byte[] bytes) {
    this.bytes = bytes;
  }

  static TarStart of(InputStream in) throws IOException {
    return new TarStart(in.readNBytes(HEADER_BYTES));
  }

  boolean isTar() {
    return bytes.length == HEADER_BYTES
        && Arrays.equals(bytes, MAGIC_OFFSET, MAGIC_OFFSET + MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** The digest of these bytes and all that follow. */
  Sha256Digest digestWithRest(InputStream rest) throws IOException {
    MessageDigest digest = Sha256Digest.newMessageDigest();
    digest.update(bytes);
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = rest.read(buffer); count >= 0; count = rest.read(buffer)) {
      digest.update(buffer, 0, count);
    }
    return Sha256Digest.from(digest.digest());
  }
}
