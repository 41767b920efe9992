package io.oci2wasm.ingest.step;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreCalls;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * What the object store had of one image's blobs before this task: each is looked for once, and
 * those that come next while something else is read. For the thread of one task.
 */
final class Lookups implements AutoCloseable {
  private final StoreCalls calls;
  private final ObjectStore store;
  private final Function<Sha256Digest, String> mark;
  private final Map<Sha256Digest, Lookup> begun = new HashMap<>();

  /**
   * Lookups for one image.
   *
   * @param mark the key of a blob's mark: this repository has served it
   */
  Lookups(StoreCalls calls, ObjectStore store, Function<Sha256Digest, String> mark) {
    this.calls = calls;
    this.store = store;
    this.mark = mark;
  }

  private record Lookup(Future<Optional<ObjectInfo>> mark, Future<Optional<ObjectInfo>> blob) {}

  /**
   * What the store has.
   *
   * @param served whether this repository has shown that it serves the blob
   */
  record Found(boolean served, Optional<ObjectInfo> blob) {
    /** Whether nothing has to be fetched. */
    boolean complete() {
      return served && blob.isPresent();
    }
  }

  /** Begins to look for all of them at once. */
  void begin(List<Sha256Digest> blobs) {
    blobs.forEach(blob -> begun.computeIfAbsent(blob, this::look));
  }

  /** What there was; looked for now if it was not before. */
  Found find(Sha256Digest blob) throws IOException {
    Lookup lookup = begun.computeIfAbsent(blob, this::look);
    return new Found(
        StoreCalls.answer(lookup.mark()).isPresent(), StoreCalls.answer(lookup.blob()));
  }

  private Lookup look(Sha256Digest blob) {
    return new Lookup(head(mark.apply(blob)), head(ObjectKeys.blob(blob)));
  }

  private Future<Optional<ObjectInfo>> head(String key) {
    return calls.begin(() -> store.head(key));
  }

  /** What is still under way is given up. */
  @Override
  public void close() {
    for (Lookup lookup : begun.values()) {
      lookup.mark().cancel(true);
      lookup.blob().cancel(true);
    }
  }
}
