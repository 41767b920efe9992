package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.Request;
import io.oci2wasm.gateway.state.conversion.RequestChange;
import io.oci2wasm.gateway.state.conversion.Result;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one image of a batch.
 *
 * @param endedAt when the last of its outcomes came
 */
public record BatchOutcome(
    BatchEntryState state, @Nullable Instant endedAt, BatchPlatforms platforms, BatchBytes bytes) {
  /** As its request stands. */
  static BatchOutcome of(RequestChange change) {
    Request request = change.request();
    List<Conversion> platforms = change.platforms();
    BatchPlatforms counts =
        new BatchPlatforms(
            count(platforms, BatchEntryState.RUNNING),
            count(platforms, BatchEntryState.BUILT),
            count(platforms, BatchEntryState.REUSED),
            count(platforms, BatchEntryState.SKIPPED),
            count(platforms, BatchEntryState.FAILED));
    return request.ended()
        ? new BatchOutcome(
            ending(change, counts), request.updatedAt(), counts, bytes(request, platforms))
        : new BatchOutcome(BatchEntryState.RUNNING, null, counts, bytes(request, platforms));
  }

  private static BatchBytes bytes(Request request, List<Conversion> platforms) {
    Long fetched = request.told().fetchedBytes();
    return new BatchBytes(
        fetched == null ? 0 : fetched,
        platforms.stream()
            .filter(one -> standing(one) == BatchEntryState.BUILT)
            .map(one -> one.status().result())
            .filter(Objects::nonNull)
            .mapToLong(Result::bytes)
            .sum());
  }

  private static int count(List<Conversion> platforms, BatchEntryState state) {
    return (int) platforms.stream().filter(one -> standing(one) == state).count();
  }

  private static BatchEntryState ending(RequestChange change, BatchPlatforms counts) {
    return change
        .whole()
        .map(BatchOutcome::standing)
        .filter(state -> state != BatchEntryState.RUNNING)
        .orElseGet(() -> worst(counts));
  }

  private static BatchEntryState worst(BatchPlatforms counts) {
    if (counts.failed() > 0) {
      return BatchEntryState.FAILED;
    }
    if (counts.built() > 0) {
      return BatchEntryState.BUILT;
    }
    return counts.reused() > 0 ? BatchEntryState.REUSED : BatchEntryState.SKIPPED;
  }

  private static BatchEntryState standing(Conversion conversion) {
    ConversionState state = conversion.status().state();
    return switch (state) {
      case QUEUED, INGESTING, RESOLVING, TRANSLATING, BUILDING -> BatchEntryState.RUNNING;
      case BUILT, REMOVED ->
          Boolean.TRUE.equals(conversion.status().reused())
              ? BatchEntryState.REUSED
              : BatchEntryState.BUILT;
      case SKIPPED -> BatchEntryState.SKIPPED;
      case FAILED -> BatchEntryState.FAILED;
    };
  }
}
