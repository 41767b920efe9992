package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.time.Clock;

/** What all tasks of one lane of a stage share. */
record TaskRules<E extends PipelineEvent>(
    Stage stage,
    String workType,
    EventHandler<E> handler,
    RecordPublisher publisher,
    WorkerConfig config,
    RetryPolicy retries,
    int deliveryLimit,
    TaskMetrics metrics,
    Presence presence,
    DeadLetters letters,
    ProcessHealth processHealth,
    Suspects suspects,
    Clock clock) {}
