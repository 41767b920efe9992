package io.oci2wasm.gateway.state.batch;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
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

  private static final String LAST_ENDED =
      """
      SELECT given.id AS id, (
        SELECT e.ended_at FROM batch_entry e
        WHERE e.batch_id = given.id AND e.ended_at IS NOT NULL
        ORDER BY e.batch_id, e.ended_at DESC LIMIT 1) AS at
      FROM UNNEST(CAST(:ids AS VARCHAR ARRAY)) AS given(id)
      """;
  private static final String LATELY_ENDED =
      """
      SELECT given.id AS id, COUNT(*) AS images
      FROM UNNEST(CAST(:ids AS VARCHAR ARRAY), CAST(:since AS VARCHAR ARRAY)) AS given(id, since)
      JOIN batch_entry e ON e.batch_id = given.id
        AND e.ended_at >= CAST(given.since AS TIMESTAMP WITH TIME ZONE)
      GROUP BY given.id
      """;

  /** What is known of batches at {@code now}, by id: as many questions as for one. */
  static Map<String, BatchProgress> of(Handle handle, List<BatchFacts> batches, Instant now) {
    if (batches.isEmpty()) {
      return Map.of();
    }
    String[] ids = batches.stream().map(BatchFacts::id).toArray(String[]::new);
    Map<String, Map<BatchEntryState, BatchCount>> counts = new HashMap<>();
    for (BatchCount one : BatchCounts.kept(handle, ids)) {
      counts
          .computeIfAbsent(one.batchId(), id -> new EnumMap<>(BatchEntryState.class))
          .put(one.state(), one);
    }
    Map<String, Instant> last = lastEnded(handle, ids);
    Map<String, Double> rates = rates(handle, batches, last, now);
    Map<String, BatchProgress> progress = new HashMap<>();
    for (BatchFacts batch : batches) {
      String id = batch.id();
      progress.put(id, of(counts.getOrDefault(id, Map.of()), last.get(id), rates.get(id), now));
    }
    return progress;
  }

  private static BatchProgress of(
      Map<BatchEntryState, BatchCount> counts,
      @Nullable Instant lastEndedAt,
      @Nullable Double rate,
      Instant now) {
    BatchImages images = images(counts);
    return new BatchProgress(
        new Batch.Counts(images, platforms(counts), bytes(counts)),
        lastEndedAt,
        rate,
        rate == null || images.open() == 0
            ? null
            : now.plusSeconds((long) Math.ceil(images.open() / rate))
                .truncatedTo(ChronoUnit.SECONDS));
  }

  /** When an image of a batch ended last. */
  public record LastEnded(String id, @Nullable Instant at) {}

  private static Map<String, Instant> lastEnded(Handle handle, String[] ids) {
    Map<String, Instant> last = new HashMap<>();
    handle
        .createQuery(LAST_ENDED)
        .bindArray("ids", (Object[]) ids)
        .map(ConstructorMapper.of(LastEnded.class))
        .forEach(
            one -> {
              if (one.at() != null) {
                last.put(one.id(), one.at());
              }
            });
    return last;
  }

  private static BatchImages images(Map<BatchEntryState, BatchCount> counts) {
    return new BatchImages(
        counts.values().stream().mapToInt(BatchCount::images).sum(),
        images(counts, BatchEntryState.KNOWN),
        images(counts, BatchEntryState.WAITING),
        images(counts, BatchEntryState.RUNNING),
        images(counts, BatchEntryState.BUILT),
        images(counts, BatchEntryState.REUSED),
        images(counts, BatchEntryState.SKIPPED),
        images(counts, BatchEntryState.FAILED));
  }

  private static int images(Map<BatchEntryState, BatchCount> counts, BatchEntryState state) {
    BatchCount found = counts.get(state);
    return found == null ? 0 : found.images();
  }

  private static BatchPlatforms platforms(Map<BatchEntryState, BatchCount> counts) {
    return counts.values().stream()
        .map(BatchCount::platforms)
        .reduce(BatchPlatforms.NONE, BatchPlatforms::plus);
  }

  private static BatchBytes bytes(Map<BatchEntryState, BatchCount> counts) {
    return counts.values().stream()
        .map(BatchCount::bytes)
        .reduce(BatchBytes.NONE, BatchBytes::plus);
  }

  /** How many images of a batch have ended lately. */
  public record LatelyEnded(String id, int images) {}

  /** Of those of which images have ended lately. */
  private static Map<String, Double> rates(
      Handle handle, List<BatchFacts> batches, Map<String, Instant> last, Instant now) {
    Map<String, Instant> since = new LinkedHashMap<>();
    for (BatchFacts batch : batches) {
      Instant begin = lately(batch, now);
      Instant lastEnded = last.get(batch.id());
      if (lastEnded != null && !lastEnded.isBefore(begin) && begin.isBefore(now)) {
        since.put(batch.id(), begin);
      }
    }
    if (since.isEmpty()) {
      return Map.of();
    }
    Map<String, Double> rates = new HashMap<>();
    handle
        .createQuery(LATELY_ENDED)
        .bindArray("ids", String.class, since.keySet())
        .bindArray("since", String.class, since.values().stream().map(Instant::toString).toList())
        .map(ConstructorMapper.of(LatelyEnded.class))
        .forEach(
            one -> {
              Instant begin = Objects.requireNonNull(since.get(one.id()));
              double seconds = Duration.between(begin, now).toMillis() / 1000.0;
              if (seconds > 0) {
                rates.put(one.id(), Math.round(one.images() / seconds * 1000) / 1000.0);
              }
            });
    return rates;
  }

  /** When the batch began or was resumed, but not longer ago than lately. */
  private static Instant lately(BatchFacts batch, Instant now) {
    Instant begun = batch.requested() == null ? now : batch.requested().requestedAt();
    return Stream.of(begun, now.minus(LATELY), batch.changes().resumedAt())
        .filter(Objects::nonNull)
        .max(Instant::compareTo)
        .orElseThrow();
  }
}
