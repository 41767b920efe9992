package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.Sha256Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A SHA-256 that is computed on a thread of its own, beside who reads or writes the bytes. They are
 * copied into a few buffers that go round, so memory is bounded. For use by one thread.
 *
 * <p>After {@link #close} returns, the thread has ended.
 */
public final class BackgroundDigest implements Closeable {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int BUFFERS = 4;

  /** Less than a whole one is the last. */
  private static final class Buffer {
    final byte[] bytes = new byte[BUFFER_BYTES];
    int length;
  }

  private final MessageDigest digest = Sha256Digest.newMessageDigest();
  private final BlockingQueue<Buffer> empty = new ArrayBlockingQueue<>(BUFFERS + 1);
  private final BlockingQueue<Buffer> full = new ArrayBlockingQueue<>(BUFFERS + 1);
  private final Thread thread;
  private volatile boolean complete;
  private Buffer current = new Buffer();

  /** {@code threadName}: for who looks at the process. */
  public BackgroundDigest(String threadName) {
    for (int i = 1; i < BUFFERS; i++) {
      empty.add(new Buffer());
    }
    thread = new Thread(this::digestAll, threadName);
    thread.setDaemon(true);
    thread.start();
  }

  private void digestAll() {
    try {
      int length;
      do {
        Buffer buffer = full.take();
        length = buffer.length;
        digest.update(buffer.bytes, 0, length);
        empty.add(buffer);
      } while (length == BUFFER_BYTES);
      complete = true;
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts this thread", e);
    }
  }

  /**
   * Takes bytes.
   *
   * @throws InterruptedIOException if the thread was interrupted while it waited
   */
  public void update(byte[] bytes, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, BUFFER_BYTES - current.length);
      System.arraycopy(bytes, offset + done, current.bytes, current.length, part);
      current.length += part;
      done += part;
      if (current.length == BUFFER_BYTES) {
        handOver();
      }
    }
  }

  private void handOver() throws IOException {
    full.add(current);
    try {
      current = empty.take();
      current.length = 0;
    } catch (InterruptedException e) {
      current = new Buffer();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while computing a digest");
    }
  }

  /** The digest of all that was taken; asked once, at the end. */
  public Sha256Digest digest() {
    close();
    if (!complete) {
      throw new IllegalStateException("the thread that computes a digest has failed");
    }
    return Sha256Digest.from(digest.digest());
  }

  @Override
  public void close() {
    if (!thread.isAlive()) {
      return;
    }
    full.add(current);
    Joining.uninterruptibly(thread);
  }
}
