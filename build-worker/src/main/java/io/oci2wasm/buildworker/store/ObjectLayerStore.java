package io.oci2wasm.buildworker.store;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.buildworker.step.ConversionMetrics;
import io.oci2wasm.converter.convert.LayerStore;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Converted layers in the object store, shared by all build-workers. */
public final class ObjectLayerStore implements LayerStore {
  private static final int DIFF_ID_BYTES = 256;

  /** What is known of blobs, and indexes, that a process remembers. */
  private static final int MOST_BLOBS = 100_000;

  private static final int MOST_INDEXES = 128;
  private static final int MOST_INDEX_BYTES = 256 << 10;

  /** Images on one base come one after the other: their layers are not looked for each time. */
  private static final Duration REMEMBERED = Duration.ofSeconds(2);

  private final ObjectStore store;
  private final Path scratch;
  private final ConversionMetrics metrics;
  private final boolean anew;
  private final Map<Sha256Digest, Sha256Digest> diffIds;
  private final Map<Sha256Digest, Long> unknown = recent(MOST_INDEXES);
  private final LongSupplier nanoTime;
  private final Map<String, Found> found = recent(MOST_INDEXES);

  /** The index of a layer that was whole at that time. */
  private static final class Found {
    private final byte[] index;
    private final long nanos;

    private Found(byte[] index, long nanos) {
      this.index = index;
      this.nanos = nanos;
    }
  }

  /**
   * A layer store.
   *
   * @param scratch an existing directory for layers while they are written or read
   */
  public ObjectLayerStore(ObjectStore store, Path scratch, ConversionMetrics metrics) {
    this(store, scratch, metrics, System::nanoTime);
  }

  ObjectLayerStore(
      ObjectStore store, Path scratch, ConversionMetrics metrics, LongSupplier nanoTime) {
    this(store, scratch, metrics, false, recent(MOST_BLOBS), nanoTime);
  }

  private ObjectLayerStore(
      ObjectStore store,
      Path scratch,
      ConversionMetrics metrics,
      boolean anew,
      Map<Sha256Digest, Sha256Digest> diffIds,
      LongSupplier nanoTime) {
    this.store = store;
    this.scratch = scratch;
    this.metrics = metrics;
    this.anew = anew;
    this.diffIds = diffIds;
    this.nanoTime = nanoTime;
  }

  /** A map without what nobody has asked for longest. Thread-safe. */
  private static <K, V> Map<K, V> recent(int most) {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
          }
        });
  }

  /** The same store, which finds nothing and writes everything anew: over what may be damaged. */
  public ObjectLayerStore anew() {
    return new ObjectLayerStore(store, scratch, metrics, true, diffIds, nanoTime);
  }

  @Override
  public Optional<Sha256Digest> diffIdOf(Sha256Digest compressedBlob) throws IOException {
    // A blob's bytes give this diffID for ever.
    Sha256Digest known = diffIds.get(compressedBlob);
    if (known != null) {
      return Optional.of(known);
    }
    // If another worker has just recorded it, the blob is read once more than it had to be.
    long now = nanoTime.getAsLong();
    Long asked = unknown.get(compressedBlob);
    if (asked != null && now - asked < REMEMBERED.toNanos()) {
      return Optional.empty();
    }
    Optional<Sha256Digest> recorded =
        store
            .bytes(ObjectKeys.diffId(compressedBlob), DIFF_ID_BYTES)
            .map(bytes -> Sha256Digest.parse(new String(bytes, StandardCharsets.UTF_8)));
    recorded.ifPresentOrElse(
        diffId -> diffIds.put(compressedBlob, diffId), () -> unknown.put(compressedBlob, now));
    return recorded;
  }

  @Override
  public void recordDiffId(Sha256Digest compressedBlob, Sha256Digest diffId) throws IOException {
    store.put(
        ObjectKeys.diffId(compressedBlob), diffId.toString().getBytes(StandardCharsets.UTF_8));
    diffIds.put(compressedBlob, diffId);
  }

  @Override
  public Optional<StoredLayer> find(Sha256Digest diffId, String packerVersion) throws IOException {
    if (anew) {
      return Optional.empty();
    }
    String indexKey = ObjectKeys.layerIndex(diffId, packerVersion);
    String dataKey = ObjectKeys.layerData(diffId, packerVersion);
    long now = nanoTime.getAsLong();
    Found remembered = found.get(indexKey);
    if (remembered != null && now - remembered.nanos < REMEMBERED.toNanos()) {
      return Optional.of(
          new ObjectLayer(store, dataKey, file(new ByteArrayInputStream(remembered.index))));
    }
    Optional<InputStream> object = store.get(indexKey);
    if (object.isEmpty()) {
      return Optional.empty();
    }
    // Retention removes the index first, but a layer may be written anew in between.
    Optional<ObjectInfo> data = store.head(dataKey);
    if (data.isEmpty()) {
      object.get().close();
      return Optional.empty();
    }
    Path index = file(object.get());
    store.looks().found(data.get());
    store.looks().found(new ObjectInfo(indexKey, Files.size(index)));
    if (Files.size(index) <= MOST_INDEX_BYTES) {
      found.put(indexKey, new Found(Files.readAllBytes(index), now));
    }
    return Optional.of(new ObjectLayer(store, dataKey, index));
  }

  private Path file(InputStream content) throws IOException {
    Path file = Files.createTempFile(scratch, "layer-", ".index");
    try (content) {
      Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  @Override
  public LayerSink create(Sha256Digest diffId, String packerVersion) throws IOException {
    return new ObjectLayerSink(
        store,
        ObjectKeys.layerData(diffId, packerVersion),
        ObjectKeys.layerIndex(diffId, packerVersion),
        scratch,
        metrics,
        anew);
  }
}
