package io.oci2wasm.ingest.source.registry;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Lets so many units a second pass, over time. Thread-safe. */
final class Pace {
  private final long perSecond;
  private final LongSupplier nanoClock;
  private final Backoff.Sleeper sleeper;

  /** When what has passed so far is paid for. */
  private long paidAt;

  /**
   * @param perSecond 0 lets everything pass
   */
  Pace(long perSecond, LongSupplier nanoClock, Backoff.Sleeper sleeper) {
    this.perSecond = perSecond;
    this.nanoClock = nanoClock;
    this.sleeper = sleeper;
    this.paidAt = nanoClock.getAsLong();
  }

  /** Waits until what passed before is paid for, and lets {@code units} pass. */
  void take(long units) throws InterruptedIOException {
    if (perSecond == 0) {
      return;
    }
    long wait = reserve(units);
    if (wait > 0) {
      try {
        sleeper.sleep(Duration.ofNanos(wait));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while keeping to a registry's limits");
      }
    }
  }

  private synchronized long reserve(long units) {
    long now = nanoClock.getAsLong();
    long start = Math.max(paidAt - now, 0);
    paidAt = now + start + units * TimeUnit.SECONDS.toNanos(1) / perSecond;
    return start;
  }
}
