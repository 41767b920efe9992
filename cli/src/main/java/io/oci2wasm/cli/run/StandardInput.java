package io.oci2wasm.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A stream that can be waited for with a time limit, which Java's cannot: a thread reads ahead, one
 * buffer at most. It begins at the first use, so that a program that never reads leaves the input
 * to others.
 */
final class StandardInput extends InputStream {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final InputStream source;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int start;
  private int end;
  private boolean started;
  private boolean finished;
  private @Nullable IOException failure;

  StandardInput(InputStream source) {
    this.source = source;
  }

  /**
   * Waits until something can be read, the end included.
   *
   * @param nanos how long at most; 0 or less looks without waiting
   * @return how many bytes can be read at once: 0 at the end, -1 if the time passed
   */
  int await(long nanos) throws InterruptedException {
    return await(nanos, true, () -> false);
  }

  /**
   * The same where other things are waited for, too: ends, with -1, when {@code other} is so after
   * a {@link #wakeUp}, and does not care about the input unless it is {@code wanted}.
   */
  synchronized int await(long nanos, boolean wanted, BooleanSupplier other)
      throws InterruptedException {
    if (wanted) {
      startPump();
    }
    long deadline = System.nanoTime() + nanos;
    while (!wanted || (start == end && !finished)) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || other.getAsBoolean()) {
        return -1;
      }
      long millis = left / 1_000_000;
      wait(millis, (int) (left % 1_000_000));
    }
    return end - start;
  }

  /** Something else has come that the one who waits wants to know. */
  synchronized void wakeUp() {
    notifyAll();
  }

  private void startPump() {
    if (!started) {
      started = true;
      Thread pump = new Thread(this::pump, "standard input");
      pump.setDaemon(true);
      pump.start();
    }
  }

  private void pump() {
    byte[] chunk = new byte[BUFFER_BYTES];
    try {
      for (int count = source.read(chunk); count >= 0; count = source.read(chunk)) {
        offer(chunk, count);
      }
      finish(null);
    } catch (IOException e) {
      finish(e);
    } catch (InterruptedException e) {
      finish(new InterruptedIOException("interrupted while reading standard input"));
    }
  }

  private synchronized void offer(byte[] chunk, int count) throws InterruptedException {
    while (start != end) {
      wait();
    }
    System.arraycopy(chunk, 0, buffer, 0, count);
    start = 0;
    end = count;
    notifyAll();
  }

  private synchronized void finish(@Nullable IOException reason) {
    failure = reason;
    finished = true;
    notifyAll();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int available;
    try {
      available = await(Long.MAX_VALUE / 2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for standard input");
    }
    if (available <= 0) {
      if (failure != null) {
        throw failure;
      }
      return -1;
    }
    int count = Math.min(length, available);
    System.arraycopy(buffer, start, target, offset, count);
    start += count;
    notifyAll();
    return count;
  }

  @Override
  public synchronized int available() {
    return end - start;
  }
}
