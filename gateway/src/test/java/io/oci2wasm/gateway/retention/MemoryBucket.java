package io.oci2wasm.gateway.retention;

import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** A store in memory, which may die while it removes, and counts what is read. */
class MemoryBucket implements Bucket {
  private static final class Stored {
    private final byte[] content;
    private final Instant modified;

    private Stored(byte[] content, Instant modified) {
      this.content = content;
      this.modified = modified;
    }
  }

  private final NavigableMap<String, Stored> objects = new TreeMap<>();
  private final Clock clock;
  private int deletionsLeft = Integer.MAX_VALUE;
  private int reads;

  MemoryBucket(Clock clock) {
    this.clock = clock;
  }

  void put(String key, String content) {
    put(key, content.getBytes(StandardCharsets.UTF_8));
  }

  void put(String key, byte[] content) {
    objects.put(key, new Stored(content, clock.instant()));
  }

  boolean has(String key) {
    return objects.containsKey(key);
  }

  Collection<String> keys() {
    return objects.keySet();
  }

  Instant modified(String key) {
    return stored(key).modified();
  }

  /** What retention does not do: objects go by themselves. */
  void lose(String prefix) {
    objects.keySet().removeIf(key -> key.startsWith(prefix));
  }

  int reads() {
    return reads;
  }

  /** After so many more objects it is away. */
  void dieAfter(int deletions) {
    deletionsLeft = deletions;
  }

  @Override
  public void visit(String prefix, ImageFacts.Visitor<StoredObject> visitor) throws IOException {
    for (Map.Entry<String, Stored> one : objects.tailMap(prefix).entrySet()) {
      if (!one.getKey().startsWith(prefix)) {
        return;
      }
      visitor.visit(stored(one.getKey()));
    }
  }

  private StoredObject stored(String key) {
    Stored stored = Objects.requireNonNull(objects.get(key), key);
    return new StoredObject(key, stored.content.length, stored.modified);
  }

  @Override
  public void visitUploads(ImageFacts.Visitor<StartedUpload> visitor) {
    // none are begun here
  }

  @Override
  public Optional<byte[]> bytes(String key, int limit) {
    reads++;
    return Optional.ofNullable(objects.get(key)).map(one -> one.content);
  }

  @Override
  public Map<String, byte[]> bytes(Collection<String> keys, int limit) {
    Map<String, byte[]> found = new LinkedHashMap<>();
    keys.forEach(key -> bytes(key, limit).ifPresent(bytes -> found.put(key, bytes)));
    return found;
  }

  @Override
  public Map<String, StoredObject> find(Collection<String> keys) {
    Map<String, StoredObject> found = new LinkedHashMap<>();
    keys.stream().filter(objects::containsKey).forEach(key -> found.put(key, stored(key)));
    return found;
  }

  @Override
  public void delete(List<String> keys) throws IOException {
    for (String key : keys) {
      if (deletionsLeft-- <= 0) {
        deletionsLeft = Integer.MAX_VALUE;
        throw new IOException("the store is away");
      }
      objects.remove(key);
    }
  }

  @Override
  public void abort(StartedUpload upload) {
    throw new AssertionError("no uploads are begun here");
  }

  @Override
  public Instant time() {
    return clock.instant();
  }
}
