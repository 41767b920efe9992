package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Checks something that may hang, for callers that cannot wait. One check runs at a time, and all
 * callers meanwhile wait for its result. Thread-safe.
 */
final class StoreProbe implements AutoCloseable {
  private final Callable<Boolean> question;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread probe = new Thread(task, "store-probe");
            probe.setDaemon(true);
            return probe;
          });
  private @Nullable Future<Boolean> underway;

  StoreProbe(Callable<Boolean> question) {
    this.question = question;
  }

  /** The answer, if it comes within {@code limit}. */
  boolean ask(Duration limit) throws UnavailableException {
    try {
      return question().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw unavailable("no answer for " + limit.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnavailableException known) {
        throw known;
      }
      throw unavailable(String.valueOf(e.getCause()), e);
    }
  }

  private static UnavailableException unavailable(String found, Exception cause) {
    return new StoreUnavailableException("object store: found " + found, cause);
  }

  private synchronized Future<Boolean> question() {
    Future<Boolean> asked = underway;
    if (asked == null || asked.isDone()) {
      asked = thread.submit(question);
      underway = asked;
    }
    return asked;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
