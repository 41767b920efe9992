package io.oci2wasm.runtime.store;

import java.time.Duration;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;

/**
 * Time limits of calls.
 *
 * @param connect for a connection
 * @param attempt for each try, and for the next bytes of a stream
 * @param call for all tries together
 */
record CallTimes(Duration connect, Duration attempt, Duration call) {
  /** 256 KiB a second. */
  private static final long MILLIS_PER_MIB = 4000;

  /** For a call that carries so many bytes: each MiB has four seconds more. */
  AwsRequestOverrideConfiguration carrying(long bytes) {
    Duration more = Duration.ofMillis((bytes >> 20) * MILLIS_PER_MIB);
    return times(attempt.plus(more), call.plus(more.multipliedBy(2)));
  }

  /** For a call that must be over within {@code limit}. */
  static AwsRequestOverrideConfiguration within(Duration limit) {
    return times(limit, limit);
  }

  private static AwsRequestOverrideConfiguration times(Duration attempt, Duration call) {
    return AwsRequestOverrideConfiguration.builder()
        .apiCallAttemptTimeout(attempt)
        .apiCallTimeout(call)
        .build();
  }
}
