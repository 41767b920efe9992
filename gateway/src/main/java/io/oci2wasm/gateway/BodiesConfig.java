package io.oci2wasm.gateway;

import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Limits for the bodies of requests. */
public record BodiesConfig(
    @ConfigKey(meaning = "Time limit for a request's body, 1s or more.", byDefault = "30s")
        Duration timeout,
    @ConfigKey(
            meaning = "Least bytes per second on average, after the first five seconds.",
            byDefault = "16k")
        ByteSize leastRate,
    @ConfigKey(
            meaning =
                "Memory that all bodies may hold together. Senders that sign get half of it: "
                    + "they may be strangers until the whole body is there. By default a sixteenth of "
                    + "the heap, at least 32m.")
        @Nullable ByteSize memory) {
  public static final BodiesConfig DEFAULT = ConfigFile.defaults(BodiesConfig.class);

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
