package io.oci2wasm.runtime.work;

import java.time.Duration;

/**
 * How a worker works.
 *
 * @param concurrency events of each lane at a time
 * @param retryFirst pause before the first retry of something unavailable; doubled each time
 * @param retryFor how long something unavailable is tried again before the request fails
 */
public record WorkerConfig(int concurrency, Duration retryFirst, Duration retryFor) {
  public WorkerConfig {
    if (concurrency < 1 || concurrency > 64) {
      throw new IllegalArgumentException(
          "concurrency: found " + concurrency + ", expected 1 to 64");
    }
    if (retryFirst.toMillis() < 1) {
      throw new IllegalArgumentException("retryFirst: found nothing, expected 1ms or more");
    }
  }

  /** The defaults with {@code concurrency}. */
  public static WorkerConfig of(int concurrency) {
    return new WorkerConfig(concurrency, Duration.ofSeconds(1), Duration.ofMinutes(2));
  }
}
