package io.oci2wasm.gateway.view;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.ConversionChoice;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch as the API shows it (docs/FORMATS.md, "HTTP API").
 *
 * @param message why listing failed
 * @param rate images begun in a second at most; absent means without limit
 * @param images how its images stand
 * @param conversions how their platforms stand, as far as they are known
 * @param measuredRate images ended in a second lately; absent while none has
 * @param eta when it is done if it goes on like this; absent while unknown
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Batch(
    String id,
    BatchRequested.Kind kind,
    String registry,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> repositories,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Platform> platforms,
    @Nullable Instant since,
    boolean force,
    @Nullable Double rate,
    BatchState state,
    @Nullable String message,
    BatchImages images,
    BatchPlatforms conversions,
    @Nullable Double measuredRate,
    @Nullable Instant eta,
    Instant requestedAt,
    @Nullable Instant listedAt,
    @Nullable Instant pausedAt,
    @Nullable Instant endedAt) {
  public Batch {
    repositories = List.copyOf(repositories);
    platforms = List.copyOf(platforms);
  }

  /** Whether it goes on, by itself or when it is resumed, or something of it does. */
  @JsonIgnore
  public boolean isOpen() {
    return endedAt == null || images.running() > 0;
  }

  static Batch of(BatchRequested requested, BatchFacts facts, BatchProgress progress) {
    ConversionChoice choice = requested.choice();
    BatchState state = facts.state(progress.images());
    return new Batch(
        requested.batchId(),
        requested.kind(),
        requested.registry(),
        requested.repositories(),
        choice == null ? List.of() : choice.platforms(),
        requested.since(),
        choice != null && choice.force(),
        requested.rate() == 0 ? null : requested.rate(),
        state,
        facts.message(),
        progress.images(),
        progress.platforms(),
        progress.rate(),
        state == BatchState.RUNNING ? progress.eta() : null,
        requested.requestedAt(),
        facts.listedAt(),
        state == BatchState.PAUSED ? facts.pausedAt() : null,
        endedAt(state, facts, progress));
  }

  private static @Nullable Instant endedAt(
      BatchState state, BatchFacts facts, BatchProgress progress) {
    return switch (state) {
      case LISTING, RUNNING, PAUSED -> null;
      case CANCELLED -> facts.cancelledAt();
      case DONE -> later(facts.listedAt(), progress.lastEndedAt());
      case FAILED -> later(facts.failedAt(), progress.lastEndedAt());
    };
  }

  private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
    return one == null || (other != null && other.isAfter(one)) ? other : one;
  }
}
