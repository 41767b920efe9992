package io.oci2wasm.gateway;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.util.ArrayList;
import java.util.List;

/** Keeps what is published, and may be away. */
public final class RecordingPublisher implements RecordPublisher {
  private final List<TopicEvent> published = new ArrayList<>();
  private final List<OutgoingRecord> forwarded = new ArrayList<>();
  private boolean away;

  public List<TopicEvent> published() {
    return published;
  }

  public List<OutgoingRecord> forwarded() {
    return forwarded;
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
  public void forward(List<OutgoingRecord> records) throws UnavailableException {
    if (away) {
      throw new UnavailableException("Kafka is away", null);
    }
    forwarded.addAll(records);
  }

  @Override
  public void report(PipelineEvent event) {
    throw new AssertionError("the gateway reports no stages");
  }
}
