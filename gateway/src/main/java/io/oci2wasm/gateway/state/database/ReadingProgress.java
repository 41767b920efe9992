package io.oci2wasm.gateway.state.database;

import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.Partition;
import java.util.HashMap;
import java.util.Map;

/**
 * How much has been read of what the topics held at some moment.
 *
 * @param available what each partition held
 * @param positions where reading goes on
 */
public record ReadingProgress(
    Map<Partition, OffsetRange> available, Map<Partition, Long> positions) {
  public ReadingProgress {
    available = Map.copyOf(available);
    positions = Map.copyOf(positions);
  }

  public ReadingProgress with(Map<Partition, Long> reached) {
    Map<Partition, Long> all = new HashMap<>(positions);
    reached.forEach((one, position) -> all.merge(one, position, Math::max));
    return new ReadingProgress(available, all);
  }

  /** Whether all of it is read. */
  public boolean isDone() {
    return left() == 0;
  }

  /** From 0 to 1. */
  public double ratio() {
    long all = available.values().stream().mapToLong(one -> one.end() - one.begin()).sum();
    return all == 0 ? 1 : 1 - (double) left() / all;
  }

  private long left() {
    return available.entrySet().stream()
        .mapToLong(
            one ->
                Math.max(
                    0,
                    one.getValue().end()
                        - positions.getOrDefault(one.getKey(), one.getValue().begin())))
        .sum();
  }

  @Override
  public String toString() {
    return Math.round(Math.floor(ratio() * 100)) + " %";
  }
}
