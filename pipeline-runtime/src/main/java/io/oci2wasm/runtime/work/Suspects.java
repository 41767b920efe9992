package io.oci2wasm.runtime.work;

/**
 * Keeps events that were given out before from being at work side by side in one process. One of
 * them may have killed the worker that had it, and a process that dies counts for all that it had
 * in hand: together they would reach the delivery limit together.
 */
public final class Suspects {
  private static final int NONE = 0;

  private int deliveriesOfRunning = NONE;

  /**
   * Waits until none that was given out less often is at work.
   *
   * @param deliveries of the event that is to begin, this one included
   * @return false if one that was given out as often, or more, is at work: {@code end} is not to be
   *     called, and the event belongs to another time
   */
  synchronized boolean begin(int deliveries) throws InterruptedException {
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
