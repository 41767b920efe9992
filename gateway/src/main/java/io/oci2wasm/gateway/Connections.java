package io.oci2wasm.gateway;

import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.store.ObjectStore;
import java.time.Clock;

/** Connections that the gateway's parts share. The process around them opens and closes them. */
public record Connections(
    ObjectStore store, RecordPublisher publisher, Monitoring monitoring, Clock clock) {}
