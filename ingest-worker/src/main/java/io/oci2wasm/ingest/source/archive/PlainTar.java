package io.oci2wasm.ingest.source.archive;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * An archive on disk that can be read at any place: itself, or a temporary unpacked copy of a
 * gzipped one, deleted on close.
 */
record PlainTar(Path path, boolean temporary) implements Closeable {
  private static final byte[] GZIP_MAGIC = {0x1f, (byte) 0x8b};
  private static final int BUFFER_BYTES = 64 * 1024;

  static PlainTar of(Path archive) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), BUFFER_BYTES)) {
      in.mark(GZIP_MAGIC.length);
      byte[] start = in.readNBytes(GZIP_MAGIC.length);
      in.reset();
      return Arrays.equals(start, GZIP_MAGIC) ? unpacked(in) : new PlainTar(archive, false);
    }
  }

  private static PlainTar unpacked(InputStream in) throws IOException {
    Path copy = Files.createTempFile("oci2wasm-archive-", ".tar");
    try (GZIPInputStream plain = new GZIPInputStream(in, BUFFER_BYTES)) {
      Files.copy(plain, copy, StandardCopyOption.REPLACE_EXISTING);
      return new PlainTar(copy, true);
    } catch (IOException e) {
      Files.delete(copy);
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      Files.deleteIfExists(path);
    }
  }
}
