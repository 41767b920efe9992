package io.oci2wasm.runtime.store;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks for objects, but not for those that it found less than two seconds ago: images on one base
 * come one after the other. Whoever finds something gone has it look anew. Thread-safe.
 */
public final class RecentLooks {
  private static final Duration REMEMBERED = Duration.ofSeconds(2);
  private static final int MOST = 4096;

  private final ObjectStore store;
  private final LongSupplier nanoTime;
  private final Map<String, Look> looks =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Look> eldest) {
              return size() > MOST;
            }
          });

  RecentLooks(ObjectStore store, LongSupplier nanoTime) {
    this.store = store;
    this.nanoTime = nanoTime;
  }

  private record Look(ObjectInfo object, long nanos) {}

  /** The objects under {@code keys}, each if there is one or was a moment ago, in this order. */
  public List<Optional<ObjectInfo>> heads(List<String> keys) throws IOException {
    long now = nanoTime.getAsLong();
    List<@Nullable ObjectInfo> known = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (String key : keys) {
      ObjectInfo recent = recent(key, now);
      known.add(recent);
      if (recent == null) {
        unknown.add(key);
      }
    }
    var answers = store.heads(unknown).iterator();
    List<Optional<ObjectInfo>> all = new ArrayList<>();
    for (ObjectInfo one : known) {
      Optional<ObjectInfo> found = one == null ? answers.next() : Optional.of(one);
      if (one == null) {
        found.ifPresent(object -> looks.put(object.key(), new Look(object, now)));
      }
      all.add(found);
    }
    return all;
  }

  private @Nullable ObjectInfo recent(String key, long now) {
    Look look = looks.get(key);
    return look != null && now - look.nanos() < REMEMBERED.toNanos() ? look.object() : null;
  }

  /** Whether the object was found a moment ago. */
  public boolean remembers(String key) {
    return recent(key, nanoTime.getAsLong()) != null;
  }

  /** Notes that somebody has just found {@code object}, or written it. */
  public void found(ObjectInfo object) {
    looks.put(object.key(), new Look(object, nanoTime.getAsLong()));
  }

  /** Everything is looked for anew. */
  public void forget() {
    looks.clear();
  }
}
