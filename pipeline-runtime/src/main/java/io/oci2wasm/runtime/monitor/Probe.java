package io.oci2wasm.runtime.monitor;

import io.oci2wasm.runtime.monitor.Monitoring.HealthCheck;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether one part works, on its own thread and once at a time. A caller waits no longer
 * than {@link #PATIENCE} for a part that hangs.
 */
final class Probe {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /** How long a part's last word counts while it takes its time for the next one. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final HealthCheck check;
  private @Nullable CompletableFuture<@Nullable Void> running;
  private long begun;
  private @Nullable Answer last;

  Probe(HealthCheck check) {
    this.check = check;
  }

  /** What it said, and when. */
  private record Answer(Optional<String> problem, long at) {}

  /** Begins to ask, unless that is under way. */
  synchronized void ask(Executor threads) {
    if (running == null) {
      begun = System.nanoTime();
      running = CompletableFuture.runAsync(() -> answered(look()), threads);
    }
  }

  private Optional<String> look() {
    try {
      check.check();
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    } catch (Exception e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (Error e) {
      return Optional.of(e.toString());
    }
  }

  private synchronized void answered(Optional<String> problem) {
    last = new Answer(problem, System.nanoTime());
    running = null;
  }

  /** What is wrong, as far as it is known; empty if nothing is. */
  Optional<String> problem() {
    await();
    synchronized (this) {
      long now = System.nanoTime();
      Answer known = last;
      if (known != null && (running == null || now - known.at() < FRESH.toNanos())) {
        return known.problem();
      }
      return Optional.of("has not answered for " + (now - begun) / 1_000_000 + " ms");
    }
  }

  private void await() {
    CompletableFuture<@Nullable Void> asked;
    long left;
    synchronized (this) {
      asked = running;
      left = begun + PATIENCE.toNanos() - System.nanoTime();
    }
    if (asked == null || left <= 0) {
      return;
    }
    try {
      asked.get(left, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // The last word counts.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a check ends with an answer whatever happens", e);
    }
  }
}
