package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import java.util.List;

/** Publishes events. */
public interface EventPublisher {
  /**
   * Returns once every event is safely written.
   *
   * @throws UnavailableException if one may not have been: publish all of them again
   */
  void publish(List<? extends TopicEvent> events) throws UnavailableException;

  /** Writes a report that nothing depends on; returns at once. */
  void report(PipelineEvent event);
}
