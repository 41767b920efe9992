package io.oci2wasm.converter.rootfs;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream on a thread of its own, a few buffers ahead: decompression runs beside hashing and
 * parsing. The buffers go round, so memory is bounded whatever the stream's length.
 *
 * <p>After {@link #close} returns the thread has ended and reads the source no more. The source is
 * not closed.
 */
final class ReadAheadInputStream extends InputStream {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int BUFFERS = 8;

  /** A filled buffer, or the end of the stream, or its failure. */
  private static final class Chunk {
    final byte[] bytes = new byte[BUFFER_BYTES];
    int length;
    @Nullable Throwable failure;
  }

  private final BlockingQueue<Chunk> empty = new ArrayBlockingQueue<>(BUFFERS);
  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(BUFFERS);
  private final Thread thread;
  private volatile boolean stopped;
  private @Nullable Chunk current;
  private int at;

  ReadAheadInputStream(InputStream source, String threadName) {
    for (int i = 0; i < BUFFERS; i++) {
      empty.add(new Chunk());
    }
    thread = new Thread(() -> readAll(source), threadName);
    thread.setDaemon(true);
    thread.start();
  }

  private void readAll(InputStream source) {
    try {
      boolean more = true;
      while (more) {
        Chunk chunk = empty.take();
        if (stopped) {
          return;
        }
        try {
          chunk.length = source.readNBytes(chunk.bytes, 0, BUFFER_BYTES);
        } catch (IOException | RuntimeException | Error e) {
          chunk.length = 0;
          chunk.failure = e;
        }
        more = chunk.length == BUFFER_BYTES;
        full.put(chunk);
      }
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts this thread", e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    Chunk chunk = current;
    if (chunk == null || (at == chunk.length && chunk.length == BUFFER_BYTES)) {
      chunk = advance(chunk);
    }
    if (chunk.failure != null) {
      throw asIoException(chunk.failure);
    }
    if (at == chunk.length) {
      return -1;
    }
    int count = Math.min(length, chunk.length - at);
    System.arraycopy(chunk.bytes, at, target, offset, count);
    at += count;
    return count;
  }

  private Chunk advance(@Nullable Chunk done) throws IOException {
    try {
      if (done != null) {
        empty.put(done);
      }
      Chunk chunk = full.take();
      current = chunk;
      at = 0;
      return chunk;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while unpacking a layer");
    }
  }

  /** A failure of the other thread, seen from this one. */
  private static IOException asIoException(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    return (IOException) failure;
  }

  @Override
  public void close() {
    // No interrupt: it would close a file or socket under a read, and the rest of the blob is still
    // wanted for its digest. The queue of empty buffers has room if the thread waits for one.
    stopped = true;
    empty.offer(new Chunk());
    Joining.uninterruptibly(thread);
  }
}
