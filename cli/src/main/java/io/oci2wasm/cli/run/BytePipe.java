package io.oci2wasm.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/** Bytes from one thread to another, as many at once as its buffer holds. */
final class BytePipe {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int start;
  private int size;
  private boolean writerGone;
  private boolean readerGone;

  /** The end that is read; closing it makes writing fail. */
  InputStream input() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return length == 0 ? 0 : take(target, offset, length);
      }

      @Override
      public void close() {
        leave(false);
      }
    };
  }

  /** The end that is written; closing it is the end of the bytes. */
  OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] source, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
          done += add(source, offset + done, length - done);
        }
      }

      @Override
      public void close() {
        leave(true);
      }
    };
  }

  private synchronized int take(byte[] target, int offset, int length) throws IOException {
    await(() -> size > 0 || writerGone || readerGone);
    if (size == 0 || readerGone) {
      return -1;
    }
    int count = Math.min(Math.min(length, size), BUFFER_BYTES - start);
    System.arraycopy(buffer, start, target, offset, count);
    start = (start + count) % BUFFER_BYTES;
    size -= count;
    notifyAll();
    return count;
  }

  private synchronized int add(byte[] source, int offset, int length) throws IOException {
    await(() -> size < BUFFER_BYTES || readerGone || writerGone);
    if (readerGone || writerGone) {
      throw new IOException("the other end of the pipe has gone");
    }
    int end = (start + size) % BUFFER_BYTES;
    int count = Math.min(Math.min(length, BUFFER_BYTES - size), BUFFER_BYTES - end);
    System.arraycopy(source, offset, buffer, end, count);
    size += count;
    notifyAll();
    return count;
  }

  private void await(BooleanSupplier met) throws IOException {
    while (!met.getAsBoolean()) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for a pipe");
      }
    }
  }

  private synchronized void leave(boolean writer) {
    if (writer) {
      writerGone = true;
    } else {
      readerGone = true;
    }
    notifyAll();
  }
}
