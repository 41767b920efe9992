package io.oci2wasm.runtime.work;

import io.oci2wasm.runtime.event.RetryMark;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When an event is tried again: after a pause that doubles with each attempt up to a longest one,
 * with jitter, so that what failed together does not come back together.
 */
public final class RetryPolicy {
  private static final int MAX_DOUBLINGS = 30;

  private final WorkerConfig config;
  private final RandomGenerator random;

  public RetryPolicy(WorkerConfig config, RandomGenerator random) {
    this.config = config;
    this.random = random;
  }

  /**
   * The mark of the attempt after the one of {@code mark}, which failed at {@code now}; empty if
   * the event is given up.
   *
   * @param askedFor how long the other side asked us to wait, if it did: then at least so long
   */
  public Optional<RetryMark> next(RetryMark mark, Instant now, @Nullable Duration askedFor) {
    Instant firstFailed = mark.firstFailed() == null ? now : mark.firstFailed();
    Duration backOff = withJitter(backOff(mark.attempt()));
    Duration pause = askedFor == null ? backOff : max(backOff, askedFor.plus(withJitter(spread())));
    Instant notBefore = now.plus(pause);
    return notBefore.isAfter(firstFailed.plus(config.retryFor()))
        ? Optional.empty()
        : Optional.of(new RetryMark(mark.attempt() + 1, firstFailed, notBefore));
  }

  private Duration backOff(int attempt) {
    int doublings = Math.min(attempt - 1, MAX_DOUBLINGS);
    long millis = Math.min(config.retryFirst().toMillis(), Integer.MAX_VALUE) << doublings;
    return min(Duration.ofMillis(millis), config.retryMax());
  }

  /** Those who were all told "in 60 seconds" do not all come then. */
  private Duration spread() {
    return config.retryFirst();
  }

  /** Between half of {@code pause} and all of it. */
  private Duration withJitter(Duration pause) {
    long half = pause.toMillis() / 2;
    return Duration.ofMillis(pause.toMillis() - half + random.nextLong(half + 1));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
