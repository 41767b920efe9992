package io.oci2wasm.runtime.event;

import java.util.List;
import java.util.Map;

/**
 * Records that were read together.
 *
 * @param from where reading began in each partition that has records here
 * @param to where it goes on
 */
public record TopicBatch(
    List<TopicRecord> records, Map<Partition, Long> from, Map<Partition, Long> to) {
  public TopicBatch {
    records = List.copyOf(records);
    from = Map.copyOf(from);
    to = Map.copyOf(to);
  }
}
