package io.oci2wasm.ingest.step;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Calls to the object store beside the tasks that make them, on threads that all tasks of a worker
 * share. It has no limit of its own: each task has one. Thread-safe.
 */
public final class StoreCalls {
  /** Threads that nobody needs end after a minute. */
  private final ExecutorService threads = Executors.newCachedThreadPool(StoreCalls::daemon);

  private static Thread daemon(Runnable call) {
    Thread thread = new Thread(call, "store-call");
    thread.setDaemon(true);
    return thread;
  }

  <T> Future<T> begin(Callable<T> call) {
    return threads.submit(call);
  }

  /**
   * Waits for the end of a call.
   *
   * @throws IOException that it failed with, or because this thread is interrupted
   */
  static <T> T answer(Future<T> call) throws IOException {
    try {
      return call.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the object store");
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
}
