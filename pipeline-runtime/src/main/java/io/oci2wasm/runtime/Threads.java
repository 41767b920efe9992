package io.oci2wasm.runtime;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** What threads of ours have in common. */
public final class Threads {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private Threads() {}

  /** Interrupts what {@code executor} runs, and waits up to ten seconds until it has ended. */
  public static void stop(ExecutorService executor) {
    executor.shutdownNow();
    await(executor);
  }

  /** Waits up to ten seconds until {@code executor} has done what it was given. */
  public static void finish(ExecutorService executor) {
    executor.shutdown();
    await(executor);
  }

  private static void await(ExecutorService executor) {
    try {
      boolean unused = executor.awaitTermination(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
