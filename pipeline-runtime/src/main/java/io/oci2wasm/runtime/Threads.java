package io.oci2wasm.runtime;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates threads. */
public final class Threads {
  private static final Logger LOGGER = LoggerFactory.getLogger(Threads.class);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private Threads() {}

  /**
   * {@code round} as it can be repeated: whatever it throws, an {@link Error} too, ends this round
   * alone and is logged. A scheduler would never call a task again that throws, and say nothing.
   */
  public static Runnable round(String what, Runnable round) {
    return () -> {
      try {
        round.run();
      } catch (RuntimeException | Error e) {
        LOGGER.atError().setCause(e).addKeyValue("thread", what).log("A defect ended a round");
      }
    };
  }

  /** Logs what ends a thread of this process, whichever it is. */
  public static void logDeaths() {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) ->
            LOGGER
                .atError()
                .setCause(e)
                .addKeyValue("thread", thread.getName())
                .log("A defect ended a thread"));
  }

  /** Interrupts what {@code executor} runs, and waits up to ten seconds until it has ended. */
  public static void stop(ExecutorService executor) {
    executor.shutdownNow();
    boolean unused = await(executor, STOP_TIMEOUT);
  }

  /** Waits up to ten seconds until {@code executor} has done what it was given. */
  public static void finish(ExecutorService executor) {
    executor.shutdown();
    boolean unused = await(executor, STOP_TIMEOUT);
  }

  /** Waits up to {@code longest} for the end of {@code executor}; says whether it has ended. */
  public static boolean await(ExecutorService executor, Duration longest) {
    try {
      return executor.awaitTermination(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return executor.isTerminated();
    }
  }
}
