package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.runtime.store.ObjectInventory;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The object store for retention. It sends several small requests at a time. */
public final class StoreBucket implements Bucket {
  private static final int AT_ONCE = 16;

  /** So many are asked about one after the other. */
  private static final int FEW = 3;

  private final ObjectStore store;
  private final ObjectInventory inventory;

  public StoreBucket(ObjectStore store) {
    this.store = store;
    this.inventory = store.inventory();
  }

  @Override
  public void visit(String prefix, ImageFacts.Visitor<StoredObject> visitor) throws IOException {
    try {
      inventory.visit(prefix, object -> unchecked(visitor, object));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void visitUploads(ImageFacts.Visitor<StartedUpload> visitor) throws IOException {
    try {
      inventory.visitUploads(upload -> unchecked(visitor, upload));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static <T> void unchecked(ImageFacts.Visitor<T> visitor, T one) {
    try {
      visitor.visit(one);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<byte[]> bytes(String key, int limit) throws IOException {
    return store.bytes(key, limit);
  }

  @Override
  public Map<String, byte[]> bytes(Collection<String> keys, int limit) throws IOException {
    return each(keys, key -> store.bytes(key, limit));
  }

  @Override
  public Map<String, StoredObject> find(Collection<String> keys) throws IOException {
    return each(keys, inventory::find);
  }

  /** Something that is asked of one object. */
  private interface Question<T> {
    Optional<T> of(String key) throws IOException;
  }

  private static <T> Map<String, T> each(Collection<String> keys, Question<T> question)
      throws IOException {
    Map<String, T> answers = new LinkedHashMap<>();
    if (keys.size() <= FEW) {
      for (String key : keys) {
        question.of(key).ifPresent(answer -> answers.put(key, answer));
      }
      return answers;
    }
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(AT_ONCE, keys.size()));
    try {
      List<Callable<Optional<T>>> tasks = new ArrayList<>();
      keys.forEach(key -> tasks.add(() -> question.of(key)));
      List<Future<Optional<T>>> done = threads.invokeAll(tasks);
      int i = 0;
      for (String key : keys) {
        done.get(i++).get().ifPresent(answer -> answers.put(key, answer));
      }
      return answers;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("retention: found itself stopped, expected to go on", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException("asking the object store", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  @Override
  public void delete(List<String> keys) throws IOException {
    inventory.delete(keys);
  }

  @Override
  public void abort(StartedUpload upload) throws IOException {
    inventory.abort(upload);
  }

  @Override
  public Instant time() throws IOException {
    String key = ObjectKeys.clockProbe(UUID.randomUUID().toString());
    store.put(key, new byte[0]);
    try {
      return inventory
          .find(key)
          .orElseThrow(
              () ->
                  new IOException(
                      String.format(
                          "object store, looking for %s: found none, expected what was written",
                          key)))
          .modified();
    } finally {
      inventory.delete(key);
    }
  }
}
