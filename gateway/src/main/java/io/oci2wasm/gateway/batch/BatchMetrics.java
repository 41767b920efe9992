package io.oci2wasm.gateway.batch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.gateway.state.batch.BatchEntryState;
import java.util.EnumMap;
import java.util.Map;

/**
 * Images of open batches by state: {@code oci2wasm_batch_entries} by {@code state}. Only the
 * gateway that starts them reports, so the sum over gateways is right.
 */
final class BatchMetrics {
  private volatile Map<BatchEntryState, Integer> counts = Map.of();

  BatchMetrics(MeterRegistry registry) {
    for (BatchEntryState state : BatchEntryState.values()) {
      Gauge.builder("oci2wasm.batch.entries", this, metrics -> metrics.count(state))
          .description("Images of open batches")
          .tag("state", state.toString())
          .strongReference(true)
          .register(registry);
    }
  }

  private int count(BatchEntryState state) {
    return counts.getOrDefault(state, 0);
  }

  void show(Map<BatchEntryState, Integer> counts) {
    Map<BatchEntryState, Integer> copy = new EnumMap<>(BatchEntryState.class);
    copy.putAll(counts);
    this.counts = copy;
  }
}
