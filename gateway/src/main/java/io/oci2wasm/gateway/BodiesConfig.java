package io.oci2wasm.gateway;

import io.oci2wasm.runtime.config.ByteSize;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits for the bodies of requests.
 *
 * @param timeout how long one may be on its way
 * @param leastRate bytes a second that must come on average, after the first five seconds
 * @param memory what all bodies together may hold; left out: a sixteenth of the heap
 */
public record BodiesConfig(Duration timeout, ByteSize leastRate, @Nullable ByteSize memory) {
  public static final BodiesConfig DEFAULT =
      new BodiesConfig(Duration.ofSeconds(30), new ByteSize(16L << 10), null);

  /** Below it a few large bodies would keep all small ones away. */
  private static final long LEAST_MEMORY = 32L << 20;

  public BodiesConfig {
    if (timeout.toMillis() < 1000) {
      throw new IllegalArgumentException(
          "timeout: found " + timeout.toMillis() + "ms, expected 1s or more");
    }
  }

  /** Bytes that all bodies together may hold, where the heap has at most {@code heap}. */
  public long memoryOf(long heap) {
    return memory == null ? Math.max(LEAST_MEMORY, heap / 16) : memory.bytes();
  }
}
