package io.oci2wasm.ingest.scan;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.NotCaughtUpException;
import io.oci2wasm.runtime.event.TopicFollower;
import io.oci2wasm.runtime.event.TopicRecord;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The batches of which nothing is listed any more, because it is done, has failed or was cancelled.
 * A scan that comes again, after a crash or because Kafka has forgotten the group's offsets, is
 * recognised by it. Thread-safe.
 */
final class EndedBatches implements AutoCloseable {
  private final Set<String> ended = ConcurrentHashMap.newKeySet();
  private final TopicFollower follower;

  private EndedBatches(KafkaConfig kafka) throws UnavailableException {
    follower =
        TopicFollower.start(kafka, List.of(Topics.BATCH_CHANGED), new MemorySink(this::accept));
  }

  static EndedBatches follow(KafkaConfig kafka) throws UnavailableException {
    return new EndedBatches(kafka);
  }

  private void accept(TopicRecord record) {
    record
        .event(Topics.BATCH_CHANGED, BatchChanged.class)
        .filter(EndedBatches::ends)
        .ifPresent(changed -> ended.add(changed.batchId()));
  }

  private static boolean ends(BatchChanged changed) {
    return switch (changed.change()) {
      case LISTED, FAILED, CANCELLED -> true;
      case PAUSED, RESUMED -> false;
    };
  }

  /** Whether nothing of the batch is to be listed, as far as is known by now. */
  boolean contains(String batchId) {
    return ended.contains(batchId);
  }

  /**
   * Makes sure that all is known that was said before the start.
   *
   * @throws UnavailableException if it is not yet
   */
  void checkKnown() throws UnavailableException {
    try {
      follower.checkCaughtUp();
    } catch (NotCaughtUpException e) {
      throw new UnavailableException("reading what became of batches: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    follower.close();
  }
}
