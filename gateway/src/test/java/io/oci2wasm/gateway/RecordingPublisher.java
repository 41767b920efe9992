package io.oci2wasm.gateway;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.EventPublisher;
import java.util.ArrayList;
import java.util.List;

/** Keeps what is published, and may be away. */
public final class RecordingPublisher implements EventPublisher {
  private final List<TopicEvent> published = new ArrayList<>();
  private boolean away;

  public List<TopicEvent> published() {
    return published;
  }

  public void goAway() {
    away = true;
  }

  @Override
  public void publish(List<? extends TopicEvent> events) throws UnavailableException {
    if (away) {
      throw new UnavailableException("Kafka is away", null);
    }
    published.addAll(events);
  }

  @Override
  public void report(PipelineEvent event) {
    throw new AssertionError("the gateway reports no stages");
  }
}
