package io.oci2wasm.gateway.http;

import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.EventPublisher;
import java.util.List;

/** For requests after which nothing may be published. */
final class NoPublisher implements EventPublisher {
  @Override
  public void publish(List<? extends TopicEvent> events) {
    throw new AssertionError("published " + events);
  }

  @Override
  public void report(PipelineEvent event) {
    throw new AssertionError("reported " + event);
  }
}
