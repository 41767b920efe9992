package io.oci2wasm.runtime;

import java.time.Duration;

/**
 * So many units a second, at a steady rate: what is not used for some time can be made up for by
 * one burst at most. Times are nanoseconds of any one clock. Thread-safe.
 */
public final class RateLimit {
  private static final double NANOS_PER_SECOND = 1e9;

  private final double perSecond;
  private final double burst;

  /**
   * Units that may pass at {@link #counted}; below zero, those that passed and are not paid for.
   */
  private double available;

  private long counted;

  /**
   * A limit that lets one unit pass at once, where {@code burst} does.
   *
   * @param perSecond 0 means without limit
   * @param burst unused units that are kept at most
   */
  public RateLimit(double perSecond, double burst, long now) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.available = Math.min(1, burst);
    this.counted = now;
  }

  /** How many units may pass now without waiting. */
  public synchronized int available(long now) {
    if (perSecond == 0) {
      return Integer.MAX_VALUE;
    }
    count(now);
    return (int) Math.max(0, available);
  }

  /** Lets {@code units} pass once those before are paid for; returns how long that takes. */
  public synchronized Duration take(long units, long now) {
    if (perSecond == 0) {
      return Duration.ZERO;
    }
    count(now);
    double owed = Math.max(0, -available);
    available -= units;
    return Duration.ofNanos(Math.round(owed / perSecond * NANOS_PER_SECOND));
  }

  private void count(long now) {
    double seconds = Math.max(0, now - counted) / NANOS_PER_SECOND;
    available = Math.min(burst, available + seconds * perSecond);
    counted = now;
  }
}
