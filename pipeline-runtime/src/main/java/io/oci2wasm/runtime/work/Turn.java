package io.oci2wasm.runtime.work;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets one of the members of a slot take a record and work on it, while others write the outcomes
 * of theirs and acknowledge them: Kafka takes as long for that as some conversions. Who has the
 * turn keeps it until its handler has returned, so that no record is held that is not at work.
 */
final class Turn {
  private final Semaphore free = new Semaphore(1, true);

  /** What one member has of the turn. */
  final class Share {
    private boolean mine;

    /** Waits up to {@code millis}; says whether it has the turn, now or still. */
    boolean await(long millis) throws InterruptedException {
      if (isMine()) {
        return true;
      }
      boolean got = free.tryAcquire(millis, TimeUnit.MILLISECONDS);
      if (got) {
        keep();
      }
      return got;
    }

    private synchronized boolean isMine() {
      return mine;
    }

    private synchronized void keep() {
      mine = true;
    }

    /** It is another's turn. Nothing happens if it was already. */
    synchronized void pass() {
      if (mine) {
        mine = false;
        free.release();
      }
    }
  }

  /** For a member that has not got the turn yet. */
  Share share() {
    return new Share();
  }
}
