package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** The bytes of one tar entry as the file has them: the holes of a sparse file are zeros. */
final class TarContent {
  private static final int SKIP_BYTES = 64 << 10;

  private final TarReader reader;
  private final List<SparseMap.Part> parts;
  private final long size;

  /** Next byte of the file to give out. */
  private long at;

  private int part;

  /** Bytes that the archive still holds of this entry. */
  private long stored;

  TarContent(TarReader reader, TarEntry entry) {
    this.reader = reader;
    this.size = entry.size();
    this.stored = entry.storedSize();
    this.parts =
        entry
            .sparse()
            .map(SparseMap::parts)
            .orElseGet(() -> List.of(new SparseMap.Part(0, entry.storedSize())));
  }

  /**
   * Reads up to {@code length} bytes of the file; 0 at its end.
   *
   * @throws RejectedException if the archive ends before the file does
   */
  int read(byte[] target, int offset, int length) throws IOException, RejectedException {
    while (part < parts.size() && at >= end(parts.get(part))) {
      part++;
    }
    long start = part < parts.size() ? parts.get(part).offset() : size;
    if (at < start) {
      int zeros = (int) Math.min(length, start - at);
      Arrays.fill(target, offset, offset + zeros, (byte) 0);
      at += zeros;
      return zeros;
    }
    if (part == parts.size()) {
      return 0;
    }
    int wanted = (int) Math.min(length, end(parts.get(part)) - at);
    reader.readFully(target, offset, wanted, "file content");
    at += wanted;
    stored -= wanted;
    return wanted;
  }

  /** Moves past what the archive holds of this entry and nobody read. */
  void skipRest() throws IOException, RejectedException {
    if (stored == 0) {
      return;
    }
    byte[] skipped = new byte[(int) Math.min(SKIP_BYTES, stored)];
    while (stored > 0) {
      int wanted = (int) Math.min(skipped.length, stored);
      reader.readFully(skipped, 0, wanted, "file content");
      stored -= wanted;
    }
  }

  private static long end(SparseMap.Part part) {
    return part.offset() + part.length();
  }
}
