package io.oci2wasm.testsupport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Calls that are made at the same time. */
public final class AtOnce {
  private AtOnce() {}

  /**
   * What all of these return, in their order; each is called in a thread of its own.
   *
   * @throws java.util.concurrent.ExecutionException if one fails
   */
  public static <T> List<T> call(List<Callable<T>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> one : threads.invokeAll(calls)) {
        results.add(one.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
