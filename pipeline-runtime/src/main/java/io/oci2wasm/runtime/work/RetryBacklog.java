package io.oci2wasm.runtime.work;

import io.oci2wasm.runtime.event.OutgoingRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Events of a retry topic that were read and wait for their time. They leave in the order of their
 * times, while Kafka knows only one offset for each partition below which all is done: that of the
 * first event that still waits. Bounded in number and bytes: what has the longest to wait is
 * dropped and read again when its time comes near, so that no event keeps others from being read.
 * For one thread.
 */
final class RetryBacklog {
  /** An entry takes about as much again for its bookkeeping. */
  private static final int OVERHEAD_BYTES = 500;

  /** How long before its time a dropped event is read again. */
  private static final Duration AHEAD = Duration.ofSeconds(5);

  private static final Comparator<Entry> BY_TIME =
      Comparator.comparing(Entry::notBefore)
          .thenComparing(entry -> entry.partition().partition())
          .thenComparingLong(Entry::offset);

  private final int maxEntries;
  private final long maxBytes;
  private final NavigableSet<Entry> waiting = new TreeSet<>(BY_TIME);
  private final Set<String> identities = new HashSet<>();
  private final Map<TopicPartition, RetryProgress> progress = new HashMap<>();
  private long bytes;

  RetryBacklog(int maxEntries, long maxBytes) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  /**
   * An event that waits.
   *
   * @param identity equal for repetitions of the same attempt at the same event
   */
  record Entry(
      TopicPartition partition,
      long offset,
      Instant notBefore,
      String identity,
      OutgoingRecord outgoing) {
    int bytes() {
      return outgoing.record().value().length() + OVERHEAD_BYTES;
    }
  }

  /** What another worker, or this one before, had committed of a partition. */
  void restore(TopicPartition partition, OffsetAndMetadata committed) {
    progress.put(partition, RetryProgress.restored(committed));
  }

  /**
   * Takes what was read; what is known already changes nothing. Written twice because of a crash in
   * between, the same attempt waits only once.
   */
  void add(Entry entry) {
    RetryProgress partition =
        progress.computeIfAbsent(entry.partition(), once -> RetryProgress.from(entry.offset()));
    partition.read(entry.offset());
    if (partition.isDone(entry.offset()) || waiting.contains(entry)) {
      return;
    }
    if (!identities.add(entry.identity())) {
      partition.done(entry.offset());
      return;
    }
    waiting.add(entry);
    bytes += entry.bytes();
    while (waiting.size() > maxEntries || (bytes > maxBytes && waiting.size() > 1)) {
      Entry last = waiting.last();
      remove(last);
      progressOf(last).dropped(last.offset(), last.notBefore());
    }
  }

  private RetryProgress progressOf(Entry entry) {
    return progress.computeIfAbsent(entry.partition(), once -> RetryProgress.from(entry.offset()));
  }

  private boolean remove(Entry entry) {
    boolean found = waiting.remove(entry);
    if (found) {
      identities.remove(entry.identity());
      bytes -= entry.bytes();
    }
    return found;
  }

  /** Up to {@code max} events whose time has come, the earliest first. */
  List<Entry> due(Instant now, int max) {
    return waiting.stream().takeWhile(entry -> !entry.notBefore().isAfter(now)).limit(max).toList();
  }

  /** {@code entry} is in its work topic. */
  void done(Entry entry) {
    if (remove(entry)) {
      progressOf(entry).done(entry.offset());
    }
  }

  /** Partitions that another worker reads from now on. */
  void forget(Collection<TopicPartition> partitions) {
    waiting.stream()
        .filter(entry -> partitions.contains(entry.partition()))
        .toList()
        .forEach(this::remove);
    progress.keySet().removeAll(partitions);
  }

  /** For each partition the offset below which nothing waits, and what is done above it. */
  Map<TopicPartition, OffsetAndMetadata> positions() {
    Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
    progress.forEach(
        (partition, state) -> {
          if (state.hasRead()) {
            positions.put(partition, state.position());
          }
        });
    return positions;
  }

  /**
   * Where partitions are to be read again, because the time of what was dropped comes near, and it
   * finds room or what waits longer here. What does not fit is dropped anew.
   */
  Map<TopicPartition, Long> toReadAgain(Instant now) {
    Instant near = now.plus(AHEAD);
    boolean hasRoom = waiting.size() <= maxEntries / 2 && bytes <= maxBytes / 2;
    Instant before =
        hasRoom || waiting.last().notBefore().isAfter(near) ? near : waiting.last().notBefore();
    Map<TopicPartition, Long> from = new HashMap<>();
    progress.forEach(
        (partition, state) ->
            state.readAgain(before).ifPresent(offset -> from.put(partition, offset)));
    return from;
  }

  /** Events that wait, in memory or dropped. */
  int size() {
    return progress.values().stream().mapToInt(RetryProgress::waiting).sum();
  }

  /** How long nothing is due, at most {@code longest}. */
  Duration idle(Instant now, Duration longest) {
    if (waiting.isEmpty()) {
      return longest;
    }
    Duration left = Duration.between(now, waiting.first().notBefore());
    if (left.isNegative()) {
      return Duration.ZERO;
    }
    return left.compareTo(longest) < 0 ? left : longest;
  }
}
