package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets bulk work begin only while the stages of this process have no push in progress, and had none
 * shortly before: the same push comes to the next stage, and pushes come in bursts. Pushes have
 * their own slots, so they never wait for bulk work in progress. Bulk work is never held back for
 * ever.
 */
public final class LaneGate {
  private static final Duration REST = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final LongSupplier nanoTime;
  private int runningPushes;
  private long pushEnded;
  private long bulkBegan;

  /** A gate through which no push has come yet. */
  public LaneGate() {
    this(System::nanoTime);
  }

  LaneGate(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.bulkBegan = nanoTime.getAsLong();
    this.pushEnded = bulkBegan - REST.toNanos();
  }

  synchronized void enter(Lane lane) {
    if (lane == Lane.PUSH) {
      runningPushes++;
    }
  }

  synchronized void leave(Lane lane) {
    if (lane == Lane.PUSH) {
      runningPushes--;
      pushEnded = nanoTime.getAsLong();
      notifyAll();
    }
  }

  /** Waits up to {@code millis} for the lane's turn; says whether it has come. */
  synchronized boolean awaitTurn(Lane lane, long millis) throws InterruptedException {
    if (lane == Lane.PUSH) {
      return true;
    }
    long begin = nanoTime.getAsLong();
    long now = begin;
    for (long wait = untilTurn(now); wait > 0; wait = untilTurn(now)) {
      long left = millis * 1_000_000 - (now - begin);
      if (left <= 0) {
        return false;
      }
      wait(1 + Math.min(wait, left) / 1_000_000);
      now = nanoTime.getAsLong();
    }
    bulkBegan = now;
    return true;
  }

  /** Nanoseconds until bulk work may begin if no push comes or goes; 0 or less: now. */
  private long untilTurn(long now) {
    long atMost = LONGEST_WAIT.toNanos() - (now - bulkBegan);
    return runningPushes > 0 ? atMost : Math.min(atMost, REST.toNanos() - (now - pushEnded));
  }
}
