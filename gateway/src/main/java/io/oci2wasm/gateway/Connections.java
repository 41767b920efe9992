package io.oci2wasm.gateway;

import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import java.time.Clock;

/** What the gateway's parts share with the process around them, which opens and closes it. */
public record Connections(
    ObjectStore store, RecordPublisher publisher, Monitoring monitoring, Clock clock) {}
