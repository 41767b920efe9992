package io.oci2wasm.gateway.retention;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What is kept, and for how long. Without any rule, only what nobody can use is removed. */
public record RetentionConfig(
    @ConfigKey(meaning = "How often the gateway removes by itself. By default never.")
        @Nullable Duration every,
    @ConfigKey(
            meaning =
                "Younger objects, and images asked for within this time, are never removed. "
                    + "Longer than the longest conversion and upload.",
            byDefault = "24h")
        Duration grace,
    @ConfigKey(
            meaning =
                "Images that nobody pushed or asked for this long go, and tags with them. By "
                    + "default never.")
        @Nullable Duration unusedFor,
    @ConfigKey(
            meaning =
                "This many images with bundles stay in each repository: first those that tags "
                    + "lead to, then those asked for last. 0 means all.",
            byDefault = "0")
        int newestPerRepository,
    @ConfigKey(meaning = "Images that their registry reports as deleted go.", byDefault = "true")
        boolean deleted,
    @ConfigKey(
            meaning =
                "Images with a failed conversion stay this long, whatever the rules, so that "
                    + "its dead letter can be replayed.",
            byDefault = "720h")
        Duration failedFor,
    @ConfigKey(
            meaning =
                "Two things go after this long: bundles that were not announced again, if their "
                    + "repository has a newer one of the same image (from a new engine or other "
                    + "options), and layers packed by an older version of the packer. By default "
                    + "never.")
        @Nullable Duration supersededFor) {
  private static final Duration MIN = Duration.ofSeconds(1);

  public static final RetentionConfig DEFAULT = ConfigFile.defaults(RetentionConfig.class);

  public RetentionConfig {
    check("every", every);
    check("grace", grace);
    check("unusedFor", unusedFor);
    check("failedFor", failedFor);
    check("supersededFor", supersededFor);
    if (newestPerRepository < 0) {
      throw new IllegalArgumentException(
          "newestPerRepository: found " + newestPerRepository + ", expected 0 or more");
    }
  }

  private static void check(String key, @Nullable Duration value) {
    if (value != null && value.compareTo(MIN) < 0) {
      throw new IllegalArgumentException(
          key + ": found " + value.toMillis() + "ms, expected 1s or more; leave it out for never");
    }
  }
}
