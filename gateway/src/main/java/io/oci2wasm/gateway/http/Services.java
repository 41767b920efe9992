package io.oci2wasm.gateway.http;

import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.batch.Batches;
import io.oci2wasm.gateway.live.LiveUpdates;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.retention.GcRuns;
import io.oci2wasm.gateway.retention.RetentionView;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.subscriber.Deliveries;
import io.oci2wasm.gateway.worker.Workers;

/** The services behind the API. */
public record Services(
    StateDatabase state,
    ConversionRules rules,
    GcRuns gcRuns,
    RetentionView retention,
    QueueMonitor queues,
    Workers workers,
    Batches batches,
    Deliveries deliveries,
    LiveUpdates live) {}
