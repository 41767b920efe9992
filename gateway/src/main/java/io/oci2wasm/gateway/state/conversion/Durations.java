package io.oci2wasm.gateway.state.conversion;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Computes how long a conversion waited (in queues, and put off after a failed try), and how long
 * somebody was at work on it, from its push up to the state it is in. Both are null where the
 * reports that tell when work began are gone (docs/FORMATS.md, "States").
 */
final class Durations {
  private Durations() {}

  /**
   * The times up to {@code current}, which is one of {@code own}.
   *
   * @param whole what befell the request as a whole before its platforms were known
   */
  static Conversion.Times of(
      Instant queuedAt,
      Collection<HistoryEntry> whole,
      SortedSet<HistoryEntry> own,
      HistoryEntry current) {
    TreeSet<HistoryEntry> all = new TreeSet<>(HistoryEntry.IN_TIME);
    whole.stream().filter(entry -> !entry.isEnd()).forEach(all::add);
    all.addAll(own);
    Sum sum = new Sum();
    List<HistoryEntry> sinceReplay = new ArrayList<>();
    for (HistoryEntry entry : current.isEnd() ? all.headSet(current, true) : all) {
      if (entry.isReplay()) {
        sum.add(sinceReplay);
        sinceReplay.clear();
      }
      if (sinceReplay.stream().noneMatch(entry::repeats)) {
        sinceReplay.add(entry);
      }
    }
    sum.add(sinceReplay);
    return new Conversion.Times(
        queuedAt,
        current.time(),
        sum.known ? sum.waited.toMillis() : null,
        sum.known ? sum.worked.toMillis() : null,
        own.last().time());
  }

  /** Clocks of several machines differ: what they make negative counts as nothing. */
  private static final class Sum {
    private Duration waited = Duration.ZERO;
    private Duration worked = Duration.ZERO;
    private boolean known = true;

    private void add(List<HistoryEntry> entries) {
      List<HistoryEntry> way = entries.stream().sorted(HistoryEntry.ON_THE_WAY).toList();
      for (int i = 1; i < way.size(); i++) {
        add(way.get(i - 1), way.get(i));
      }
    }

    private void add(HistoryEntry entry, HistoryEntry next) {
      if (entry.isWork()) {
        worked = worked.plus(between(entry.time(), next.time()));
      } else if (!entry.isEnd()) {
        known &= next.isWork() && next.stage() == entry.stage();
        waited = waited.plus(between(entry.time(), next.time()));
      }
    }

    private static Duration between(Instant from, Instant to) {
      return from.isBefore(to) ? Duration.between(from, to) : Duration.ZERO;
    }
  }
}
