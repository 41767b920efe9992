package io.oci2wasm.gateway.batch;

import java.time.Duration;
import java.time.Instant;

/** Limits starts to a steady rate: unused time cannot be made up for in one burst. */
final class RateLimit {
  /** Longer than from one look to the next, so that nothing is lost in between. */
  private static final double BURST_SECONDS = 0.5;

  private final double perSecond;
  private final double most;
  private double available = 1;
  private Instant counted;

  /** {@code perSecond}: 0 means without limit. */
  RateLimit(double perSecond, Instant now) {
    this.perSecond = perSecond;
    this.most = 1 + perSecond * BURST_SECONDS;
    this.counted = now;
  }

  int available(Instant now) {
    if (perSecond == 0) {
      return Integer.MAX_VALUE;
    }
    double seconds = Math.max(0, Duration.between(counted, now).toMillis() / 1000.0);
    available = Math.min(most, available + seconds * perSecond);
    counted = now;
    return (int) available;
  }

  void take(int count) {
    available -= count;
  }
}
