package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.runtime.event.TopicRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What registries have deleted, in memory: the last deletion of each thing, which is all that the
 * rules need. Thread-safe.
 */
public final class Deletions {
  private final Map<String, ImageDeleted> last = new HashMap<>();

  /** Takes the deletion in {@code record}, if it holds one. */
  public synchronized void accept(TopicRecord record) {
    record.event(Topics.IMAGE_DELETED, ImageDeleted.class).ifPresent(this::add);
  }

  synchronized void add(ImageDeleted event) {
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
