package io.oci2wasm.runtime.event;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Passes each record on, from the topics' beginnings, and remembers in memory how far it has come.
 */
public final class MemorySink implements TopicSink {
  private final Consumer<TopicRecord> listener;
  private final Map<Partition, Long> next = new HashMap<>();

  /** {@code listener} is called on the follower's thread, one record at a time. */
  public MemorySink(Consumer<TopicRecord> listener) {
    this.listener = listener;
  }

  @Override
  public Map<Partition, Long> positions(String cluster, Map<Partition, OffsetRange> available) {
    Map<Partition, Long> positions = new HashMap<>();
    available.forEach(
        (partition, range) ->
            positions.put(
                partition, Math.max(range.begin(), next.getOrDefault(partition, range.begin()))));
    return positions;
  }

  @Override
  public void accept(TopicBatch batch) {
    batch.records().forEach(listener);
    next.putAll(batch.to());
  }
}
