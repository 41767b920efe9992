package io.oci2wasm.gateway;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Keeps what is published, and may be away. */
public final class RecordingPublisher implements RecordPublisher {
  private final List<TopicEvent> published = new CopyOnWriteArrayList<>();
  private final List<OutgoingRecord> forwarded = new ArrayList<>();
  private boolean away;
  private volatile @Nullable CountDownLatch hangs;

  public List<TopicEvent> published() {
    return published;
  }

  public List<OutgoingRecord> forwarded() {
    return forwarded;
  }

  /** Every call waits for {@code latch} from now on. */
  public void hang(CountDownLatch latch) {
    hangs = latch;
  }

  public void goAway() {
    away = true;
  }

  @Override
  public void publish(List<? extends TopicEvent> events) throws UnavailableException {
    if (away) {
      throw new UnavailableException("Kafka is away", null);
    }
    CountDownLatch latch = hangs;
    if (latch != null) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnavailableException("interrupted", e);
      }
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
