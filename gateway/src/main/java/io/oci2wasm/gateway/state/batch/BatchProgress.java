package io.oci2wasm.gateway.state.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/**
 * Progress of a batch.
 *
 * @param lastEndedAt when the last outcome came, so far
 * @param rate images ended in a second lately
 * @param eta when the last of those known would end at this rate
 */
record BatchProgress(
    Batch.Counts counts,
    @Nullable Instant lastEndedAt,
    @Nullable Double rate,
    @Nullable Instant eta) {
  /** What ended longer ago says nothing of how it goes now. */
  private static final Duration LATELY = Duration.ofMinutes(1);

  private static final String COUNTS =
      """
      SELECT state, COUNT(*) AS images, MAX(ended_at) AS ended_at,
        SUM(platforms_running) AS running, SUM(platforms_built) AS built,
        SUM(platforms_reused) AS reused, SUM(platforms_skipped) AS skipped,
        SUM(platforms_failed) AS failed, SUM(fetched_bytes) AS bytes_fetched,
        SUM(built_bytes) AS bytes_built
      FROM batch_entry WHERE batch_id = :batch GROUP BY state
      """;
  private static final String LATELY_ENDED =
      "SELECT COUNT(*) FROM batch_entry WHERE batch_id = :batch AND ended_at >= :since";

  /** What is known of a batch at {@code now}. */
  static BatchProgress of(Handle handle, BatchFacts facts, Instant now) {
    Map<BatchEntryState, StateCounts> counts = new EnumMap<>(BatchEntryState.class);
    handle
        .createQuery(COUNTS)
        .bind("batch", facts.id())
        .map(ConstructorMapper.of(StateCounts.class))
        .forEach(one -> counts.put(one.state(), one));
    BatchImages images = images(counts);
    Double rate = rate(handle, facts, now);
    return new BatchProgress(
        new Batch.Counts(images, platforms(counts), bytes(counts)),
        counts.values().stream()
            .map(StateCounts::endedAt)
            .filter(Objects::nonNull)
            .max(Instant::compareTo)
            .orElse(null),
        rate,
        rate == null || images.open() == 0
            ? null
            : now.plusSeconds((long) Math.ceil(images.open() / rate))
                .truncatedTo(ChronoUnit.SECONDS));
  }

  /** What is known of the images in one state. */
  public record StateCounts(
      BatchEntryState state,
      int images,
      @Nullable Instant endedAt,
      @Nested BatchPlatforms platforms,
      @Nested("bytes_") BatchBytes bytes) {}

  private static BatchImages images(Map<BatchEntryState, StateCounts> counts) {
    return new BatchImages(
        counts.values().stream().mapToInt(StateCounts::images).sum(),
        images(counts, BatchEntryState.KNOWN),
        images(counts, BatchEntryState.WAITING),
        images(counts, BatchEntryState.RUNNING),
        images(counts, BatchEntryState.BUILT),
        images(counts, BatchEntryState.REUSED),
        images(counts, BatchEntryState.SKIPPED),
        images(counts, BatchEntryState.FAILED));
  }

  private static int images(Map<BatchEntryState, StateCounts> counts, BatchEntryState state) {
    StateCounts found = counts.get(state);
    return found == null ? 0 : found.images();
  }

  private static BatchPlatforms platforms(Map<BatchEntryState, StateCounts> counts) {
    return counts.values().stream()
        .map(StateCounts::platforms)
        .reduce(new BatchPlatforms(0, 0, 0, 0, 0), BatchPlatforms::plus);
  }

  private static BatchBytes bytes(Map<BatchEntryState, StateCounts> counts) {
    return counts.values().stream()
        .map(StateCounts::bytes)
        .reduce(new BatchBytes(0, 0), BatchBytes::plus);
  }

  /** Since the batch began or was resumed, but not longer than lately. */
  private static @Nullable Double rate(Handle handle, BatchFacts facts, Instant now) {
    Instant begun = facts.requested() == null ? now : facts.requested().requestedAt();
    Instant since =
        Stream.of(begun, now.minus(LATELY), facts.changes().resumedAt())
            .filter(Objects::nonNull)
            .max(Instant::compareTo)
            .orElseThrow();
    int ended =
        handle
            .createQuery(LATELY_ENDED)
            .bind("batch", facts.id())
            .bind("since", since)
            .mapTo(Integer.class)
            .one();
    double seconds = Duration.between(since, now).toMillis() / 1000.0;
    return ended == 0 || seconds <= 0 ? null : Math.round(ended / seconds * 1000) / 1000.0;
  }
}
