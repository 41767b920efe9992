package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What retention is told to do, when it does that next, and what it did. Thread-safe. */
public final class RetentionView {
  private final RetentionConfig config;
  private final GcRegister register;
  private final Instant started;

  /**
   * Shows what {@code register} has.
   *
   * @param started since when this gateway runs: where nothing ran yet, the schedule counts from it
   */
  public RetentionView(RetentionConfig config, GcRegister register, Instant started) {
    this.config = config;
    this.register = register;
    this.started = started;
  }

  /**
   * Retention as it stands.
   *
   * @param nextAt when the next run begins by itself; absent if none does
   * @param items the last runs, newest first, without the images that they name
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Overview(Rules rules, @Nullable Instant nextAt, List<GcRun> items) {
    public Overview {
      items = List.copyOf(items);
    }
  }

  /** The configuration, with times in milliseconds; what is absent means never. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Rules(
      @Nullable Long everyMs,
      long graceMs,
      @Nullable Long unusedForMs,
      int newestPerRepository,
      boolean deleted,
      long failedForMs,
      @Nullable Long supersededForMs) {
    static Rules of(RetentionConfig config) {
      return new Rules(
          millis(config.every()),
          config.grace().toMillis(),
          millis(config.unusedFor()),
          config.newestPerRepository(),
          config.deleted(),
          config.failedFor().toMillis(),
          millis(config.supersededFor()));
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
      return duration == null ? null : duration.toMillis();
    }
  }

  /**
   * As it stands, with up to {@code limit} runs.
   *
   * @throws UnavailableException if nobody can tell now
   */
  public Overview overview(int limit) throws UnavailableException {
    Duration every = config.every();
    return new Overview(
        Rules.of(config),
        every == null ? null : register.lastRemoval().orElse(started).plus(every),
        register.newest(limit).stream().map(GcRun::withoutImages).toList());
  }
}
