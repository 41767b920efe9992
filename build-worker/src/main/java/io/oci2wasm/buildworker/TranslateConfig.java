package io.oci2wasm.buildworker;

import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.time.Duration;

/** What the stage that trains bundles is told; it runs in build-workers. */
public record TranslateConfig(
    WorkerConfig work,
    @ConfigKey(
            meaning =
                "A training that takes longer fails with time-limit: all its runs together, and "
                    + "what makes the bundle that runs.",
            byDefault = "30m")
        Duration maxTime,
    @ConfigKey(
            meaning =
                "Guest memory of a training run, at most: 64m to 1536m. Its process may take "
                    + "twice that and 512m.",
            byDefault = "1g")
        GuestMemory maxMemory) {
  private static final GuestMemory LARGEST = GuestMemory.parse("1536m");

  public static final TranslateConfig DEFAULT = ConfigFile.defaults(TranslateConfig.class);

  public TranslateConfig {
    if (maxTime.isZero()) {
      throw new IllegalArgumentException("maxTime: found nothing, expected 1ms or more");
    }
    if (maxMemory.bytes() > LARGEST.bytes()) {
      throw new IllegalArgumentException(
          "maxMemory: found " + maxMemory + ", expected 64m to " + LARGEST);
    }
  }

  /** The same with other limits. */
  public TranslateConfig limitedTo(Duration maxTime, GuestMemory maxMemory) {
    return new TranslateConfig(work, maxTime, maxMemory);
  }
}
