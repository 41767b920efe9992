package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.TopicSink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What registries have deleted, in memory and from the topic's beginning: of each thing the last
 * deletion, which is all that the rules ask for. Thread-safe.
 */
public final class Deletions implements TopicSink {
  private final Map<String, ImageDeleted> last = new HashMap<>();

  @Override
  public Map<Partition, Long> positions(String cluster, Map<Partition, OffsetRange> available) {
    Map<Partition, Long> begins = new HashMap<>();
    available.forEach((partition, range) -> begins.put(partition, range.begin()));
    return begins;
  }

  @Override
  public synchronized void accept(TopicBatch batch) {
    for (TopicRecord record : batch.records()) {
      record.event(Topics.IMAGE_DELETED, ImageDeleted.class).ifPresent(this::add);
    }
  }

  private void add(ImageDeleted event) {
    String what =
        event.registry()
            + "/"
            + event.repository()
            + "@"
            + event.digest()
            + (event.digest() == null ? ":" + event.tag() : "");
    last.merge(what, event, (a, b) -> a.deletedAt().isAfter(b.deletedAt()) ? a : b);
  }

  /** In no order. */
  public synchronized List<ImageDeleted> all() {
    return List.copyOf(last.values());
  }
}
