package io.oci2wasm.net.peer;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes that wait in order. Grows with them: many small pieces take no more than one large one. */
final class ByteQueue {
  private static final int SMALLEST_BYTES = 1024;
  private byte[] bytes = new byte[0];
  private int start;
  private int end;

  boolean isEmpty() {
    return start == end;
  }

  void add(ByteBuffer more) {
    int count = more.remaining();
    if (end + count > bytes.length) {
      int size = end - start;
      byte[] target =
          size + count <= bytes.length / 2
              ? bytes
              : new byte[Math.max(SMALLEST_BYTES, 2 * (size + count))];
      System.arraycopy(bytes, start, target, 0, size);
      bytes = target;
      start = 0;
      end = size;
    }
    more.get(bytes, end, count);
    end += count;
  }

  /** At most {@code limit} of the bytes, to look at; {@link #remove} takes them away. */
  ByteBuffer first(int limit) {
    return ByteBuffer.wrap(bytes, start, Math.min(limit, end - start));
  }

  void remove(int count) {
    start += count;
    if (start == end) {
      start = 0;
      end = 0;
      if (bytes.length > SMALLEST_BYTES) {
        bytes = Arrays.copyOf(bytes, SMALLEST_BYTES);
      }
    }
  }
}
