package io.oci2wasm.converter.convert;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Runs tasks on a few threads; either all succeed, or the first failure is thrown. */
final class ParallelWork {
  private ParallelWork() {}

  /** Frees a result that nobody will use. */
  @FunctionalInterface
  interface Release<T> {
    void release(T result) throws IOException;
  }

  /**
   * Runs all {@code tasks}, at most {@code threads} at once, in their order. When one fails the
   * others are interrupted, waited for, and their results released.
   */
  static <K, T> Map<K, T> runAll(
      Map<K, ? extends Callable<T>> tasks, int threads, Release<T> release)
      throws RejectedException, IOException {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    Map<K, Future<T>> futures = new LinkedHashMap<>();
    boolean complete = false;
    try {
      CompletionService<T> completion = new ExecutorCompletionService<>(executor);
      Map<String, String> context = MDC.getCopyOfContextMap();
      tasks.forEach((key, task) -> futures.put(key, completion.submit(() -> call(task, context))));
      for (int i = 0; i < futures.size(); i++) {
        completion.take().get();
      }
      Map<K, T> results = new LinkedHashMap<>();
      for (Map.Entry<K, Future<T>> entry : futures.entrySet()) {
        results.put(entry.getKey(), entry.getValue().get());
      }
      complete = true;
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while converting layers");
    } catch (ExecutionException e) {
      throw asFailure(e);
    } finally {
      stop(executor);
      if (!complete) {
        releaseAll(futures, release);
      }
    }
  }

  /** What a task logs belongs to whoever waits for it. */
  private static <T> T call(Callable<T> task, @Nullable Map<String, String> context)
      throws Exception {
    if (context != null) {
      MDC.setContextMap(context);
    }
    return task.call();
  }

  private static IOException asFailure(ExecutionException e) throws RejectedException {
    Throwable cause = e.getCause();
    if (cause instanceof RejectedException rejected) {
      throw rejected;
    }
    if (cause instanceof RuntimeException defect) {
      throw defect;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof IOException failure ? failure : new IOException(cause);
  }

  private static void stop(ExecutorService executor) {
    executor.shutdownNow();
    boolean interrupted = false;
    boolean stopped = false;
    while (!stopped) {
      try {
        stopped = executor.awaitTermination(1, TimeUnit.HOURS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static <K, T> void releaseAll(Map<K, Future<T>> futures, Release<T> release)
      throws IOException {
    for (Future<T> future : futures.values()) {
      Optional<T> result = resultOf(future);
      if (result.isPresent()) {
        release.release(result.get());
      }
    }
  }

  /** What a task gave, if it ran and did not fail. */
  private static <T> Optional<T> resultOf(Future<T> future) {
    if (!future.isDone() || future.isCancelled()) {
      return Optional.empty();
    }
    try {
      return Optional.of(future.get());
    } catch (ExecutionException | InterruptedException e) {
      return Optional.empty();
    }
  }
}
