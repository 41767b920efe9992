package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;

/**
 * Lets bulk work begin only while no push is being worked on. A push has slots of its own, so it
 * never waits for bulk work that runs already.
 */
final class LaneGate {
  private int runningPushes;

  synchronized void enter(Lane lane) {
    if (lane == Lane.PUSH) {
      runningPushes++;
    }
  }

  synchronized void leave(Lane lane) {
    if (lane == Lane.PUSH) {
      runningPushes--;
      notifyAll();
    }
  }

  /** Waits up to {@code millis} for the lane's turn; says whether it has come. */
  synchronized boolean awaitTurn(Lane lane, long millis) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (lane == Lane.BULK && runningPushes > 0) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }
}
