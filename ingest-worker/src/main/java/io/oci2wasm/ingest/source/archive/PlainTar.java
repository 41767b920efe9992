package io.oci2wasm.ingest.source.archive;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * An archive that can be read at any place: the file itself, or a plain copy of what is gzipped or
 * comes as a stream. A copy is gone when its channel is closed. On Linux it has no name, so that
 * nothing is left of it however the process ends.
 */
final class PlainTar {
  private static final byte[] GZIP_MAGIC = {0x1f, (byte) 0x8b};
  private static final int BUFFER_BYTES = 64 * 1024;

  private PlainTar() {}

  static FileChannel open(Path archive) throws IOException {
    try (InputStream in = buffered(Files.newInputStream(archive))) {
      return isGzip(in) ? copy(in) : FileChannel.open(archive, StandardOpenOption.READ);
    }
  }

  static FileChannel copyOf(InputStream archive) throws IOException {
    return copy(buffered(archive));
  }

  private static InputStream buffered(InputStream in) {
    return new BufferedInputStream(in, BUFFER_BYTES);
  }

  private static boolean isGzip(InputStream in) throws IOException {
    in.mark(GZIP_MAGIC.length);
    byte[] start = in.readNBytes(GZIP_MAGIC.length);
    in.reset();
    return Arrays.equals(start, GZIP_MAGIC);
  }

  private static FileChannel copy(InputStream in) throws IOException {
    InputStream plain = isGzip(in) ? new GZIPInputStream(in, BUFFER_BYTES) : in;
    FileChannel copy =
        FileChannel.open(
            Files.createTempFile("oci2wasm-archive-", ".tar"),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    try {
      plain.transferTo(Channels.newOutputStream(copy));
      return copy.position(0);
    } catch (IOException e) {
      copy.close();
      throw e;
    }
  }
}
