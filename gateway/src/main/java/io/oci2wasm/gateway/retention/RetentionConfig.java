package io.oci2wasm.gateway.retention;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is kept, and for how long. Without any rule, only what nobody can use is removed.
 *
 * @param every how often the gateway removes by itself; absent means on command only
 * @param grace younger objects, and images asked for within it, are never removed
 * @param unusedFor images that nobody pushed or asked for this long go; absent means never
 * @param newestPerRepository images beyond so many in one repository go; 0 means never
 * @param deleted images that their registry reports as deleted go
 * @param failedFor images with a failed conversion are kept this long, whatever the rules, so that
 *     its dead letter can be replayed
 * @param supersededFor bundles go this long after the same image got a newer one, as a new engine
 *     gives it; absent means never
 */
public record RetentionConfig(
    @Nullable Duration every,
    Duration grace,
    @Nullable Duration unusedFor,
    int newestPerRepository,
    boolean deleted,
    Duration failedFor,
    @Nullable Duration supersededFor) {
  private static final Duration MIN = Duration.ofSeconds(1);

  public static final RetentionConfig DEFAULT =
      new RetentionConfig(null, Duration.ofHours(24), null, 0, true, Duration.ofDays(30), null);

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
