package io.oci2wasm.runtime.event;

import io.oci2wasm.api.event.RecordCopy;

/** A record to be written to {@code topic} exactly as it is. */
public record OutgoingRecord(String topic, RecordCopy record) {}
