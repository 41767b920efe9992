package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.EventPublisher;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what is published. */
final class TestPublisher implements EventPublisher {
  final List<TopicEvent> published = new CopyOnWriteArrayList<>();

  @Override
  public void publish(List<? extends TopicEvent> events) {
    published.addAll(events);
  }

  @Override
  public void report(PipelineEvent event) {
    throw new AssertionError("nothing is reported here");
  }
}
