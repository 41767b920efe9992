package io.oci2wasm.gateway.http;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * Whether who was let in is still known, for a response that goes on. This is asked at most once a
 * second, however much is told. Used by one thread.
 */
final class AccessWatch {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final BooleanSupplier question;
  private final Clock clock;
  private Instant asked;
  private boolean known = true;

  /** Somebody has been let in just now. */
  AccessWatch(BooleanSupplier question, Clock clock) {
    this.question = question;
    this.clock = clock;
    this.asked = clock.instant();
  }

  boolean isStillKnown() {
    Instant now = clock.instant();
    // The clock may have been set back.
    if (known && Duration.between(asked, now).abs().compareTo(PAUSE) >= 0) {
      asked = now;
      known = question.getAsBoolean();
    }
    return known;
  }
}
