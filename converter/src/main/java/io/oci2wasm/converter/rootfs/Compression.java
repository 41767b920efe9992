package io.oci2wasm.converter.rootfs;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * How a layer is compressed, told by its first bytes: media types are wrong often enough (docker
 * manifests with OCI zstd layers, plain tars called gzip).
 */
enum Compression {
  /**
   * RFC 1952, section 2.3.1, all members of it: {@code java.util.zip} asks {@code available()}
   * whether another follows, and on a network stream would stop after the first without a word.
   */
  GZIP {
    @Override
    InputStream open(InputStream blob) throws IOException {
      return GzipCompressorInputStream.builder()
          .setInputStream(blob)
          .setDecompressConcatenated(true)
          .get();
    }
  },
  /** RFC 8878, sections 3.1.1 and 3.1.2: a frame, or a skippable one as in zstd:chunked. */
  ZSTD {
    @Override
    InputStream open(InputStream blob) throws IOException {
      return new ZstdInputStreamNoFinalizer(blob);
    }
  },
  NONE {
    @Override
    InputStream open(InputStream blob) {
      return blob;
    }
  };

  private static final int MAGIC_BYTES = 4;
  private static final int ZSTD_MAGIC = 0xfd2fb528;
  private static final int ZSTD_SKIPPABLE_MAGIC = 0x184d2a50;

  /** The unpacked bytes of {@code blob}, the compression told by its first bytes. */
  static InputStream unpack(InputStream blob) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(blob, 64 << 10);
    buffered.mark(MAGIC_BYTES);
    byte[] first = buffered.readNBytes(MAGIC_BYTES);
    buffered.reset();
    return of(first).open(buffered);
  }

  static Compression of(byte[] first) {
    if (first.length >= 2 && (first[0] & 0xff) == 0x1f && (first[1] & 0xff) == 0x8b) {
      return GZIP;
    }
    if (first.length >= MAGIC_BYTES) {
      int magic =
          (first[0] & 0xff)
              | (first[1] & 0xff) << 8
              | (first[2] & 0xff) << 16
              | (first[3] & 0xff) << 24;
      if (magic == ZSTD_MAGIC || (magic & ~0xf) == ZSTD_SKIPPABLE_MAGIC) {
        return ZSTD;
      }
    }
    return NONE;
  }

  /** The unpacked bytes; damage shows as an {@link IOException}. */
  abstract InputStream open(InputStream blob) throws IOException;
}
