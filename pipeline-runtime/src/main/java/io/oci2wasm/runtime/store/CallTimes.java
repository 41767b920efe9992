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

  /** The SDK takes none for no limit. */
  private static final Duration LEAST = Duration.ofMillis(1);

  /** For a call that carries so many bytes: each MiB has four seconds more. */
  AwsRequestOverrideConfiguration carrying(long bytes) {
    return carrying(bytes, Duration.ZERO);
  }

  /** The same for what is left of it when {@code spent} has gone by. */
  AwsRequestOverrideConfiguration carrying(long bytes, Duration spent) {
    Duration left = call.plus(more(bytes).multipliedBy(2)).minus(spent);
    Duration all = left.compareTo(LEAST) < 0 ? LEAST : left;
    Duration one = attempt(bytes);
    return times(one.compareTo(all) < 0 ? one : all, all);
  }

  /** For one try of a call that carries so many bytes. */
  Duration attempt(long bytes) {
    return attempt.plus(more(bytes));
  }

  private static Duration more(long bytes) {
    return Duration.ofMillis((bytes >> 20) * MILLIS_PER_MIB);
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
