package io.oci2wasm.runtime.work;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.time.Duration;

/** Settings of a worker. */
public record WorkerConfig(
    @ConfigKey(
            meaning = "Events in progress of each lane (push, bulk) in this process: 1 to 64.",
            byDefault = "1")
        int concurrency,
    @ConfigKey(
            meaning = "Pause before the second attempt; doubles each time, with jitter.",
            byDefault = "1s")
        Duration retryFirst,
    @ConfigKey(
            meaning = "Longest pause, unless a registry asks for a longer one (Retry-After).",
            byDefault = "5m")
        Duration retryMax,
    @ConfigKey(
            meaning =
                "How long after the first failure there are attempts; then the request "
                    + "fails and becomes a dead letter.",
            byDefault = "24h")
        Duration retryFor,
    @ConfigKey(
            meaning =
                "How long a worker that is told to stop (SIGTERM) finishes what it "
                    + "began; the rest is given back.",
            byDefault = "30s")
        Duration drain) {
  private static final WorkerConfig DEFAULT = ConfigFile.defaults(WorkerConfig.class);

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
        concurrency, DEFAULT.retryFirst, DEFAULT.retryMax, DEFAULT.retryFor, DEFAULT.drain);
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
