package io.oci2wasm.runtime.event;

import io.oci2wasm.api.event.PipelineEvent;
import java.time.Instant;

/** An event as it came out of a topic, with the time at which it was written. */
public record ReceivedEvent(PipelineEvent event, Instant time) {}
