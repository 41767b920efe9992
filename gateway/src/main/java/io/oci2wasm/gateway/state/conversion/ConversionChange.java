package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A request as a whole, or one of its platforms, while a batch is taken in. Everything it says is a
 * function of the set of facts it was told, so neither order nor repetition matters.
 */
final class ConversionChange {
  private final String id;
  private final String requestId;
  private Conversion.Target target;
  private @Nullable Result result;
  private final TreeSet<HistoryEntry> history = new TreeSet<>(HistoryEntry.IN_TIME);
  private final List<HistoryEntry> unsaved = new ArrayList<>();

  ConversionChange(ConversionUpdate update) {
    this.id = update.id();
    this.requestId = update.requestId();
    this.target = update.target();
  }

  /** One that was saved; its history follows by {@link #saved}. */
  ConversionChange(Conversion row) {
    this.id = row.id();
    this.requestId = row.requestId();
    this.target = row.target();
    this.result = row.status().result();
  }

  void saved(HistoryEntry entry) {
    history.add(entry);
  }

  void add(ConversionUpdate update) {
    target = target.and(update.target());
    result = Result.better(result, update.result());
    if (history.add(update.entry())) {
      unsaved.add(update.entry());
    }
  }

  String id() {
    return id;
  }

  String requestId() {
    return requestId;
  }

  /** The bundle, where one was announced. */
  Optional<String> conversionId() {
    return Optional.ofNullable(result).map(Result::conversionId);
  }

  boolean isWhole() {
    return id.equals(requestId);
  }

  List<HistoryEntry> replays() {
    return history.stream().filter(HistoryEntry::isReplay).toList();
  }

  boolean isEnded(List<HistoryEntry> replaysOfWhole) {
    return current(with(replaysOfWhole)).isEnd();
  }

  private SortedSet<HistoryEntry> with(List<HistoryEntry> replaysOfWhole) {
    if (replaysOfWhole.isEmpty()) {
      return history;
    }
    SortedSet<HistoryEntry> all = new TreeSet<>(history);
    all.addAll(replaysOfWhole);
    return all;
  }

  ImageReference image() {
    return target.image();
  }

  Instant firstSeen() {
    return history.first().time();
  }

  List<HistoryEntry> unsaved() {
    return unsaved;
  }

  /**
   * The entry that says how it stands: a bundle wins over everything; else the furthest since the
   * last replay, which begins anew. A later try is further than an earlier one of the same stage.
   */
  private static HistoryEntry current(SortedSet<HistoryEntry> history) {
    List<HistoryEntry> sinceReplay = new ArrayList<>();
    HistoryEntry built = null;
    for (HistoryEntry entry : history) {
      if (entry.isReplay()) {
        sinceReplay.clear();
      }
      sinceReplay.add(entry);
      built = built == null && entry.state() == ConversionState.BUILT ? entry : built;
    }
    Comparator<HistoryEntry> furthest =
        Comparator.comparing((HistoryEntry entry) -> rank(entry.state()))
            .thenComparing(HistoryEntry.ON_THE_WAY)
            .thenComparing(HistoryEntry.IN_TIME.reversed());
    return built != null ? built : sinceReplay.stream().max(furthest).orElseThrow();
  }

  private static int rank(ConversionState state) {
    return switch (state) {
      case QUEUED, INGESTING, RESOLVING, TRANSLATING, BUILDING -> 0;
      case SKIPPED -> 1;
      case FAILED -> 2;
      case BUILT, REMOVED -> 3;
    };
  }

  /**
   * As the API shows it.
   *
   * @param whole its request as a whole, whose replays begin this platform anew too
   */
  Conversion conversion(Instant queuedAt, @Nullable ConversionChange whole) {
    SortedSet<HistoryEntry> all = whole == null ? history : with(whole.replays());
    HistoryEntry current = current(all);
    return new Conversion(
        id,
        requestId,
        target,
        Conversion.Status.of(current, result),
        Durations.of(queuedAt, whole == null ? List.of() : whole.history, all, current),
        null,
        null);
  }
}
