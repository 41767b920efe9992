package io.oci2wasm.gateway.retention;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Compares this process's clock with others. With a wrong clock everything would look old. */
final class ClockCheck {
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  private final Clock clock;

  ClockCheck(Clock clock) {
    this.clock = clock;
  }

  /**
   * Refuses where the clocks disagree.
   *
   * @param whose clock it is
   * @param time what it shows now
   * @throws IOException if they are minutes apart
   */
  void against(String whose, Instant time) throws IOException {
    Instant ours = clock.instant();
    if (Duration.between(ours, time).abs().compareTo(TOLERANCE) > 0) {
      throw new IOException(
          String.format(
              "retention, comparing clocks: found %s here and %s by the clock of %s,"
                  + " expected them within %s minutes; nothing was removed, set the clock that is"
                  + " wrong and run it again",
              ours, time, whose, TOLERANCE.toMinutes()));
    }
  }
}
