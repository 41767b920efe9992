package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;

/** What all tasks of one lane of a stage share. */
record TaskRules<E extends PipelineEvent>(
    Stage stage,
    EventHandler<E> handler,
    EventPublisher publisher,
    WorkerConfig config,
    int deliveryLimit,
    TaskMetrics metrics,
    Clock clock) {}
