package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.RetryAfter;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How long to wait before a request is sent again: twice as long each time, with jitter. */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(500);
  private static final Duration LONGEST = Duration.ofSeconds(8);

  /** A registry that asks for more is left alone: the caller tries again later. */
  static final Duration LONGEST_ASKED_FOR = Duration.ofSeconds(30);

  /** Waits; tests record what was asked for. */
  @FunctionalInterface
  interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  private final Clock clock;
  private final RandomGenerator random;
  private final Sleeper sleeper;

  Backoff(Clock clock, RandomGenerator random, Sleeper sleeper) {
    this.clock = clock;
    this.random = random;
    this.sleeper = sleeper;
  }

  static Backoff system() {
    return new Backoff(
        Clock.systemUTC(),
        RandomGenerator.getDefault(),
        duration -> Thread.sleep(duration.toMillis()));
  }

  Sleeper sleeper() {
    return sleeper;
  }

  Instant now() {
    return clock.instant();
  }

  /** Waits after the {@code failures}th failure in a row, or as long as was asked for. */
  void pause(int failures, @Nullable Duration askedFor) throws InterruptedIOException {
    try {
      sleeper.sleep(askedFor != null ? askedFor : delay(failures));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the registry");
    }
  }

  private Duration delay(int failures) {
    long doubled = FIRST.toMillis() << Math.min(failures - 1, 10);
    long longest = Math.min(doubled, LONGEST.toMillis());
    return Duration.ofMillis(longest / 2 + random.nextLong(longest / 2 + 1));
  }

  /** How long {@code answer} asks us to wait, if it does. */
  Optional<Duration> retryAfter(HttpAnswer answer) {
    return answer.header("Retry-After").flatMap(text -> RetryAfter.parse(text, clock.instant()));
  }
}
