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
 * first event that still waits. Bounded in number and bytes. For one thread.
 */
final class RetryBacklog {
  /** An entry takes about as much again for its bookkeeping. */
  private static final int OVERHEAD_BYTES = 500;

  private static final Comparator<Entry> BY_TIME =
      Comparator.comparing(Entry::notBefore)
          .thenComparing(entry -> entry.partition().partition())
          .thenComparingLong(Entry::offset);

  private final int maxEntries;
  private final long maxBytes;
  private final NavigableSet<Entry> waiting = new TreeSet<>(BY_TIME);
  private final Set<String> identities = new HashSet<>();
  private final Map<TopicPartition, Progress> progress = new HashMap<>();
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

  /** How far one partition is. */
  private static final class Progress {
    private final NavigableSet<Long> waiting = new TreeSet<>();
    private final Set<Long> doneBefore = new HashSet<>();
    private long next;

    private OffsetAndMetadata position() {
      if (waiting.isEmpty()) {
        return new OffsetAndMetadata(next);
      }
      long first = waiting.first();
      return new OffsetAndMetadata(
          first, DoneOffsets.encode(first, next, offset -> !waiting.contains(offset)));
    }
  }

  /** What another worker, or this one before, had committed of a partition. */
  void restore(TopicPartition partition, OffsetAndMetadata committed) {
    progress
        .computeIfAbsent(partition, once -> new Progress())
        .doneBefore
        .addAll(DoneOffsets.decode(committed.offset(), committed.metadata()));
  }

  /**
   * Takes what was read, in the order of its offsets. Written twice because of a crash in between,
   * the same attempt waits only once.
   */
  void add(Entry entry) {
    Progress partition = progress.computeIfAbsent(entry.partition(), once -> new Progress());
    partition.next = entry.offset() + 1;
    if (!partition.doneBefore.remove(entry.offset()) && identities.add(entry.identity())) {
      partition.waiting.add(entry.offset());
      waiting.add(entry);
      bytes += entry.bytes();
    }
  }

  /** Up to {@code max} events whose time has come, the earliest first. */
  List<Entry> due(Instant now, int max) {
    return waiting.stream().takeWhile(entry -> !entry.notBefore().isAfter(now)).limit(max).toList();
  }

  /** {@code entry} is in its work topic. */
  void done(Entry entry) {
    Progress partition = progress.get(entry.partition());
    if (partition != null && waiting.remove(entry)) {
      identities.remove(entry.identity());
      partition.waiting.remove(entry.offset());
      bytes -= entry.bytes();
    }
  }

  /** Partitions that another worker reads from now on. */
  void forget(Collection<TopicPartition> partitions) {
    waiting.stream()
        .filter(entry -> partitions.contains(entry.partition()))
        .toList()
        .forEach(this::done);
    progress.keySet().removeAll(partitions);
  }

  /** For each partition the offset below which nothing waits, and what is done above it. */
  Map<TopicPartition, OffsetAndMetadata> positions() {
    Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
    progress.forEach(
        (partition, state) -> {
          if (state.next > 0) {
            positions.put(partition, state.position());
          }
        });
    return positions;
  }

  /** Whether no more may be read for now. */
  boolean isFull() {
    return waiting.size() >= maxEntries || bytes >= maxBytes;
  }

  int size() {
    return waiting.size();
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
