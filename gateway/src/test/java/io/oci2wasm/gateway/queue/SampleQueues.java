package io.oci2wasm.gateway.queue;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.work.QueueLevels;
import io.oci2wasm.runtime.work.QueueSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Queues that are empty but for what a test says, and can go away. */
public final class SampleQueues implements QueueSource {
  private volatile long ingestPush;
  private volatile boolean away;

  /** When the oldest event of ingest's push lane came, if there is one. */
  static final Instant OLDEST = Instant.parse("2026-11-24T06:40:23Z");

  void fill(long depth) {
    ingestPush = depth;
  }

  void goAway() {
    away = true;
  }

  @Override
  public QueueLevels read() throws UnavailableException {
    if (away) {
      throw new UnavailableException("Kafka is away", null);
    }
    List<QueueLevels.Queue> queues = new ArrayList<>();
    List<QueueLevels.Retries> retries = new ArrayList<>();
    for (Stage stage : Topics.TAKEN.keySet()) {
      retries.add(new QueueLevels.Retries(stage, 2));
      for (Lane lane : Lane.values()) {
        long depth = stage == Stage.INGEST && lane == Lane.PUSH ? ingestPush : 0;
        queues.add(new QueueLevels.Queue(stage, lane, depth, 0, depth == 0 ? null : OLDEST));
      }
    }
    return new QueueLevels(OLDEST, queues, retries);
  }

  @Override
  public void close() {
    away = true;
  }
}
