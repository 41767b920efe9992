package io.oci2wasm.converter.sbom;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/**
 * Cuts bytes into lines. Of a line that is longer than any that counts only the begin is kept, so
 * that it holds no memory whatever a file has in it.
 */
final class Lines implements WritableByteChannel {
  private static final int MAX_LINE_BYTES = 4096;

  private final LineReader reader;
  private final byte[] line = new byte[MAX_LINE_BYTES];
  private int length;
  private boolean begun;
  private long left;

  /**
   * Lines for {@code reader}.
   *
   * @param bytes how many are a file's content; what follows is padding
   */
  Lines(LineReader reader, long bytes) {
    this.reader = reader;
    this.left = bytes;
  }

  @Override
  public int write(ByteBuffer bytes) {
    int given = bytes.remaining();
    int content = (int) Math.min(given, left);
    left -= content;
    for (int i = 0; i < content; i++) {
      byte one = bytes.get();
      if (one == '\n') {
        endLine();
      } else {
        begun = true;
        if (length < line.length) {
          line[length++] = one;
        }
      }
    }
    bytes.position(bytes.limit());
    return given;
  }

  /** The file has no more. What was cut off is never told to have ended. */
  void finish() {
    if (begun) {
      endLine();
    }
    reader.end();
  }

  @Override
  public void close() {
    // Nothing is held.
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  private void endLine() {
    // What is no UTF-8 becomes U+FFFD, which no value may have.
    reader.line(new String(Arrays.copyOf(line, length), UTF_8));
    length = 0;
    begun = false;
  }
}
