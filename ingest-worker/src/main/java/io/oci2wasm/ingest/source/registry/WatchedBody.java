package io.oci2wasm.ingest.source.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body that is read under a watch, which ends with it. */
final class WatchedBody extends FilterInputStream {
  private final StallWatch watch;

  WatchedBody(InputStream body, StallWatch watch) {
    super(body);
    this.watch = watch;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    watch.awaitBytes();
    int count;
    try {
      count = super.read(target, offset, length);
    } catch (IOException e) {
      throw watch.verdictOr(e);
    }
    watch.moved(Math.max(count, 0));
    IOException verdict = watch.verdict();
    // A body that has come to its end is whole, unless it ended because we hung up.
    if (verdict != null && (count >= 0 || watch.hungUp())) {
      throw verdict;
    }
    return count;
  }

  /** Everything passes through {@link #read}. */
  @Override
  public boolean markSupported() {
    return false;
  }

  @Override
  public void close() throws IOException {
    watch.close();
    super.close();
  }
}
