package io.oci2wasm.runtime.work;

import java.time.Duration;

/**
 * Prevents redelivered events from running side by side in one process. One of them may have killed
 * its worker, and a crash counts for every event that the process had: together they would reach
 * the delivery limit.
 */
public final class Suspects {
  private static final int NONE = 0;

  /** After a crash all that it met comes again at once: what was taken too is put off meanwhile. */
  private static final Duration HEAD_START = Duration.ofSeconds(2);

  private final Duration headStart;
  private int deliveriesOfRunning = NONE;

  /** Of a process that has begun nothing yet. */
  public Suspects() {
    this(HEAD_START);
  }

  Suspects(Duration headStart) {
    this.headStart = headStart;
  }

  /**
   * Waits until none that was given out less often is at work, and gives others time to be put off.
   *
   * @param deliveries of the event that is to begin, this one included
   * @return false if one that was given out as often, or more, is at work: {@code end} is not to be
   *     called, and the event belongs to another time
   */
  boolean begin(int deliveries) throws InterruptedException {
    if (!take(deliveries)) {
      return false;
    }
    try {
      Thread.sleep(headStart.toMillis());
      return true;
    } catch (InterruptedException e) {
      end();
      throw e;
    }
  }

  private synchronized boolean take(int deliveries) throws InterruptedException {
    while (deliveriesOfRunning != NONE) {
      if (deliveriesOfRunning >= deliveries) {
        return false;
      }
      wait();
    }
    deliveriesOfRunning = deliveries;
    return true;
  }

  /** The one that began has ended, however. */
  synchronized void end() {
    deliveriesOfRunning = NONE;
    notifyAll();
  }
}
