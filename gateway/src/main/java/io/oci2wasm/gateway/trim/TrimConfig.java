package io.oci2wasm.gateway.trim;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether topics lose what snapshots of the state stand for. */
public record TrimConfig(
    @ConfigKey(
            meaning =
                "Records of the topics go when they are this old, all consumer groups have taken "
                    + "them, and two snapshots of the database in the object store stand for "
                    + "them. 1h or more. By default they stay for ever.")
        @Nullable Duration after,
    @ConfigKey(
            meaning = "How often a snapshot is written and the topics are trimmed. 1m or more.",
            byDefault = "24h")
        Duration every) {
  private static final Duration MIN_AFTER = Duration.ofHours(1);
  private static final Duration MIN_EVERY = Duration.ofMinutes(1);

  public static final TrimConfig DEFAULT = ConfigFile.defaults(TrimConfig.class);

  public TrimConfig {
    if (after != null && after.compareTo(MIN_AFTER) < 0) {
      throw new IllegalArgumentException(
          "after: found " + after.toSeconds() + "s, expected 1h or more; leave it out for never");
    }
    if (every.compareTo(MIN_EVERY) < 0) {
      throw new IllegalArgumentException(
          "every: found " + every.toSeconds() + "s, expected 1m or more");
    }
  }
}
