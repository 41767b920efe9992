package io.oci2wasm.gateway.state.snapshot;

import io.oci2wasm.runtime.event.Partition;
import java.util.Map;

/**
 * What a snapshot says of itself.
 *
 * @param key its name in the store
 * @param cluster the Kafka cluster whose topics it is computed from
 * @param schema the number of the last change of the tables that it has seen
 * @param offsets up to where each partition is in its rows
 */
public record Snapshot(String key, String cluster, int schema, Map<Partition, Long> offsets) {
  public Snapshot {
    offsets = Map.copyOf(offsets);
  }
}
