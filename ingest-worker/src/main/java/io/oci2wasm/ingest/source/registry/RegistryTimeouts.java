package io.oci2wasm.ingest.source.registry;

import java.time.Duration;

/**
 * How long a registry may keep us waiting. Only time in which we wait for it counts, not what our
 * own limits or the object store cost.
 *
 * @param silence how long an answer, or the next bytes of one, may take
 * @param window over how long a body's rate is averaged ({@link RegistryLimits})
 * @param total how long one exchange may take, or one blob with all its connections
 */
public record RegistryTimeouts(Duration silence, Duration window, Duration total) {
  private static final Duration WINDOW = Duration.ofSeconds(30);

  public static final RegistryTimeouts DEFAULT =
      new RegistryTimeouts(Duration.ofSeconds(60), WINDOW, Duration.ofHours(6));

  public RegistryTimeouts {
    positive("readTimeout", silence);
    positive("window", window);
    positive("totalTimeout", total);
  }

  private static void positive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(
          name + ": found " + duration.toMillis() + "ms, expected more than 0");
    }
  }

  /** The usual one but for these two. */
  public static RegistryTimeouts of(Duration silence, Duration total) {
    return new RegistryTimeouts(silence, WINDOW, total);
  }

  /** Bytes that {@code perSecond} brings in one window. */
  long enough(long perSecond) {
    return perSecond * window.toMillis() / 1000;
  }
}
