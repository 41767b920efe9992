package io.oci2wasm.net.peer;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Bytes on their way to a stream that may keep its writer waiting: a thread of its own writes them.
 * Who puts them never waits, and so must see to it that they stay few.
 */
final class Outlet {
  private static final int SMALLEST_BYTES = 8 * 1024;

  /** What one write takes at most; a buffer that has grown beyond is not kept. */
  private static final int LARGEST_KEPT_BYTES = 1 << 20;

  /** Who is told. */
  interface Listener {
    /** So many bytes are written. */
    void written(int count);

    /** Nobody takes any more. */
    void failed();
  }

  private final OutputStream out;
  private final Listener listener;
  private final Thread thread;
  private byte[] pending = new byte[SMALLEST_BYTES];
  private int size;
  private int underWay;
  private boolean ended;
  private boolean broken;

  /**
   * One that closes {@code out} at its end.
   *
   * @param name the thread's
   */
  Outlet(String name, OutputStream out, Listener listener) {
    this.out = out;
    this.listener = listener;
    this.thread = new Thread(this::writeAll, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Adds bytes; they are dropped when nobody takes any more. */
  synchronized void put(byte[] bytes, int offset, int length) {
    if (broken || ended) {
      return;
    }
    if (size + length > pending.length) {
      pending = Arrays.copyOf(pending, Math.max(size + length, 2 * pending.length));
    }
    System.arraycopy(bytes, offset, pending, size, length);
    size += length;
    notifyAll();
  }

  /** Bytes that are not written yet. */
  synchronized int waiting() {
    return size + underWay;
  }

  /** No more comes: what waits is still written, then the stream is closed. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Drops what waits. */
  synchronized void abandon() {
    broken = true;
    size = 0;
    notifyAll();
  }

  /** Waits until all is written, at most so long. */
  void await(long millis) throws InterruptedException {
    thread.join(millis);
  }

  private void writeAll() {
    byte[] spare = new byte[SMALLEST_BYTES];
    try (OutputStream target = out) {
      while (true) {
        byte[] bytes;
        int count;
        synchronized (this) {
          while (size == 0 && !ended && !broken) {
            wait();
          }
          if (size == 0) {
            return;
          }
          bytes = pending;
          count = size;
          underWay = count;
          pending = spare;
          size = 0;
        }
        target.write(bytes, 0, count);
        target.flush();
        synchronized (this) {
          underWay = 0;
        }
        spare = bytes.length > LARGEST_KEPT_BYTES ? new byte[SMALLEST_BYTES] : bytes;
        listener.written(count);
      }
    } catch (IOException e) {
      abandon();
      listener.failed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abandon();
    }
  }
}
