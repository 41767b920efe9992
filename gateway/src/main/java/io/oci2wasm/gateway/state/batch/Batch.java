package io.oci2wasm.gateway.state.batch;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
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
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Batch(
    String id,
    @JsonUnwrapped Asked asked,
    BatchState state,
    @Nullable String message,
    @JsonUnwrapped Counts counts,
    @JsonUnwrapped Pace pace,
    @JsonUnwrapped Times times) {

  /**
   * What was asked for.
   *
   * @param rate images begun in a second at most; absent means without limit
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Asked(
      BatchRequested.Kind kind,
      String registry,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> repositories,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Platform> platforms,
      @Nullable Instant since,
      boolean force,
      @Nullable Double rate) {
    public Asked {
      repositories = List.copyOf(repositories);
      platforms = List.copyOf(platforms);
    }

    private static Asked of(BatchRequested requested) {
      ConversionChoice choice = requested.choice();
      return new Asked(
          requested.kind(),
          requested.registry(),
          requested.repositories(),
          choice == null ? List.of() : choice.platforms(),
          requested.since(),
          choice != null && choice.force(),
          requested.rate() == 0 ? null : requested.rate());
    }
  }

  /**
   * How far it has come.
   *
   * @param images how its images stand
   * @param conversions how their platforms stand, as far as they are known
   * @param bytes what was moved for them
   */
  public record Counts(BatchImages images, BatchPlatforms conversions, BatchBytes bytes) {}

  /**
   * How fast it goes.
   *
   * @param measuredRate images ended in a second lately; absent while none has
   * @param eta when it is done if it goes on like this; absent while unknown
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Pace(@Nullable Double measuredRate, @Nullable Instant eta) {}

  /** When what befell it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Times(
      Instant requestedAt,
      @Nullable Instant listedAt,
      @Nullable Instant pausedAt,
      @Nullable Instant endedAt) {}

  /** Whether it goes on, by itself or when it is resumed, or something of it does. */
  @JsonIgnore
  public boolean isOpen() {
    return times.endedAt() == null || counts.images().running() > 0;
  }

  static Batch of(BatchRequested requested, BatchFacts facts, BatchProgress progress) {
    BatchState state = facts.state(progress.counts().images());
    return new Batch(
        requested.batchId(),
        Asked.of(requested),
        state,
        facts.changes().message(),
        progress.counts(),
        new Pace(progress.rate(), state == BatchState.RUNNING ? progress.eta() : null),
        new Times(
            requested.requestedAt(),
            facts.changes().listedAt(),
            state == BatchState.PAUSED ? facts.changes().pausedAt() : null,
            endedAt(state, facts, progress)));
  }

  private static @Nullable Instant endedAt(
      BatchState state, BatchFacts facts, BatchProgress progress) {
    return switch (state) {
      case LISTING, RUNNING, PAUSED -> null;
      case CANCELLED -> facts.changes().cancelledAt();
      case DONE -> later(facts.changes().listedAt(), progress.lastEndedAt());
      case FAILED -> later(facts.changes().failedAt(), progress.lastEndedAt());
    };
  }

  private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
    return one == null || (other != null && other.isAfter(one)) ? other : one;
  }
}
