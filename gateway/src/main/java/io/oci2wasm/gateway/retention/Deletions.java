package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.runtime.event.TopicRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What registries have deleted, in memory: the last deletion of each thing, which is all that the
 * rules need. Of very many the oldest are forgotten; what they were about stays until another rule
 * removes it. Thread-safe.
 */
public final class Deletions {
  /** Take some 60 MB. */
  static final int MAX_KNOWN = 100_000;

  /** In the order in which they were told. */
  private final Map<String, ImageDeleted> last = new LinkedHashMap<>();

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
    ImageDeleted before = last.remove(what);
    boolean isOlder = before != null && before.deletedAt().isAfter(event.deletedAt());
    last.put(what, isOlder ? before : event);
    if (last.size() > MAX_KNOWN) {
      last.remove(last.keySet().iterator().next());
    }
  }

  /** In no order. */
  public synchronized List<ImageDeleted> all() {
    return List.copyOf(last.values());
  }
}
