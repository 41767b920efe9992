package io.oci2wasm.runtime.work;

import java.time.Duration;

/**
 * Settings of a worker.
 *
 * @param concurrency events of each lane at a time
 * @param retryFirst pause before the second attempt at something unavailable; doubled each time
 * @param retryMax longest pause between two attempts, unless the other side asks for a longer one
 * @param retryFor how long after the first failed attempt another may begin
 * @param drain how long a worker that is told to stop goes on with what it has begun
 */
public record WorkerConfig(
    int concurrency, Duration retryFirst, Duration retryMax, Duration retryFor, Duration drain) {
  public WorkerConfig {
    if (concurrency < 1 || concurrency > 64) {
      throw new IllegalArgumentException(
          "concurrency: found " + concurrency + ", expected 1 to 64");
    }
    if (retryFirst.toMillis() < 1) {
      throw new IllegalArgumentException("retryFirst: found nothing, expected 1ms or more");
    }
    if (retryMax.compareTo(retryFirst) < 0) {
      throw new IllegalArgumentException(
          String.format(
              "retryMax: found %sms, expected retryFirst (%sms) or more",
              retryMax.toMillis(), retryFirst.toMillis()));
    }
  }

  /** The defaults with {@code concurrency}. */
  public static WorkerConfig of(int concurrency) {
    return new WorkerConfig(
        concurrency,
        Duration.ofSeconds(1),
        Duration.ofMinutes(5),
        Duration.ofHours(24),
        Duration.ofSeconds(30));
  }

  /** The same with other retries. */
  public WorkerConfig retrying(Duration first, Duration max, Duration total) {
    return new WorkerConfig(concurrency, first, max, total, drain);
  }

  /** The same with another time to finish. */
  public WorkerConfig draining(Duration drain) {
    return new WorkerConfig(concurrency, retryFirst, retryMax, retryFor, drain);
  }
}
