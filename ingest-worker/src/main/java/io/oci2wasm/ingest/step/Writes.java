package io.oci2wasm.ingest.step;

import io.oci2wasm.runtime.Threads;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes to the object store that go on while the image is read further: each waits for answers
 * that nothing else has to wait for. For the thread of one task.
 */
final class Writes implements AutoCloseable {
  private static final int AT_ONCE = 4;

  /** Each may hold a manifest of 4 MiB. */
  private static final int MAX_UNDER_WAY = 8;

  private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
  private final Deque<Future<?>> underWay = new ArrayDeque<>();

  /** One or more calls to the store, in their order. */
  @FunctionalInterface
  interface Write {
    void run() throws IOException;
  }

  /**
   * Begins a write. Waits for the oldest where many are under way.
   *
   * @throws IOException that an earlier one failed with
   */
  void begin(Write write) throws IOException {
    if (underWay.size() == MAX_UNDER_WAY) {
      end(underWay.remove());
    }
    underWay.add(
        threads.submit(
            () -> {
              write.run();
              return null;
            }));
  }

  /**
   * Waits until everything that began is written.
   *
   * @throws IOException that the first one failed with
   */
  void await() throws IOException {
    while (!underWay.isEmpty()) {
      end(underWay.remove());
    }
  }

  private static void end(Future<?> write) throws IOException {
    try {
      write.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the object store was written to");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      throw cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
    }
  }

  /** What is still under way is given up. */
  @Override
  public void close() {
    Threads.stop(threads);
  }
}
