package io.oci2wasm.runtime.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Calls to the object store beside the tasks that make them, on threads that all tasks of the same
 * priority share. It has no limit of its own: each task has one. Thread-safe.
 */
public final class StoreCalls {
  /** Fewer than there are connections: others want some, too. */
  private static final int AT_ONCE = 16;

  /** By priority. Threads that nobody needs end after a minute. */
  private final Map<Integer, ExecutorService> threads = new ConcurrentHashMap<>();

  @SuppressWarnings("ThreadPriorityCheck") // nothing is wrong without: bulk work yields less
  private static Thread daemon(Runnable call, int priority) {
    Thread thread = new Thread(call, "store-call");
    thread.setDaemon(true);
    thread.setPriority(priority);
    return thread;
  }

  /** Begins a call, which has its caller's priority. */
  public <T> Future<T> begin(Callable<T> call) {
    return threads
        .computeIfAbsent(
            Thread.currentThread().getPriority(),
            priority -> Executors.newCachedThreadPool(task -> daemon(task, priority)))
        .submit(call);
  }

  /**
   * Makes many calls, some at once, and waits for all.
   *
   * @return their answers, in the order of the calls
   * @throws IOException that the first of them failed with; what is under way then is given up
   */
  <T> List<T> all(List<Callable<T>> calls) throws IOException {
    Deque<Future<T>> underWay = new ArrayDeque<>();
    List<T> answers = new ArrayList<>();
    try {
      for (int i = 0; i < calls.size(); i++) {
        if (underWay.size() == AT_ONCE) {
          answers.add(answer(underWay.remove()));
        }
        underWay.add(i < calls.size() - 1 ? begin(calls.get(i)) : here(calls.get(i)));
      }
      while (!underWay.isEmpty()) {
        answers.add(answer(underWay.remove()));
      }
      return answers;
    } finally {
      underWay.forEach(call -> call.cancel(true));
    }
  }

  /** Who would only wait for a call can make it: no thread has to be woken for it. */
  private static <T> Future<T> here(Callable<T> call) {
    FutureTask<T> mine = new FutureTask<>(call);
    mine.run();
    return mine;
  }

  /**
   * Waits for the end of a call.
   *
   * @throws IOException that it failed with, or because this thread is interrupted
   */
  public static <T> T answer(Future<T> call) throws IOException {
    return answer(call, IOException.class);
  }

  /**
   * Waits for the end of a call that may also fail in another way.
   *
   * @throws X that it failed with
   * @throws IOException that it failed with, or because this thread is interrupted
   */
  public static <T, X extends Exception> T answer(Future<T> call, Class<X> otherFailure)
      throws X, IOException {
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
      if (otherFailure.isInstance(cause)) {
        throw otherFailure.cast(cause);
      }
      throw cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
    }
  }
}
