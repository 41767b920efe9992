package io.oci2wasm.buildworker.store;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.buildworker.step.ConversionMetrics;
import io.oci2wasm.converter.convert.LayerStore;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** Converted layers in the object store, shared by all build-workers. */
public final class ObjectLayerStore implements LayerStore {
  private static final int DIFF_ID_BYTES = 256;

  private final ObjectStore store;
  private final Path scratch;
  private final ConversionMetrics metrics;
  private final boolean anew;

  /**
   * A layer store.
   *
   * @param scratch an existing directory for layers while they are written or read
   */
  public ObjectLayerStore(ObjectStore store, Path scratch, ConversionMetrics metrics) {
    this(store, scratch, metrics, false);
  }

  private ObjectLayerStore(
      ObjectStore store, Path scratch, ConversionMetrics metrics, boolean anew) {
    this.store = store;
    this.scratch = scratch;
    this.metrics = metrics;
    this.anew = anew;
  }

  /** The same store, which finds nothing and writes everything anew: over what may be damaged. */
  public ObjectLayerStore anew() {
    return new ObjectLayerStore(store, scratch, metrics, true);
  }

  @Override
  public Optional<Sha256Digest> diffIdOf(Sha256Digest compressedBlob) throws IOException {
    Optional<byte[]> record = store.bytes(ObjectKeys.diffId(compressedBlob), DIFF_ID_BYTES);
    return record.map(bytes -> Sha256Digest.parse(new String(bytes, StandardCharsets.UTF_8)));
  }

  @Override
  public void recordDiffId(Sha256Digest compressedBlob, Sha256Digest diffId) throws IOException {
    store.put(
        ObjectKeys.diffId(compressedBlob), diffId.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Optional<StoredLayer> find(Sha256Digest diffId, String packerVersion) throws IOException {
    if (anew) {
      return Optional.empty();
    }
    Optional<InputStream> object = store.get(ObjectKeys.layerIndex(diffId, packerVersion));
    if (object.isEmpty()) {
      return Optional.empty();
    }
    // Retention removes the index first, but a layer may be written anew in between.
    if (store.head(ObjectKeys.layerData(diffId, packerVersion)).isEmpty()) {
      object.get().close();
      return Optional.empty();
    }
    Path index = Files.createTempFile(scratch, "layer-", ".index");
    try (InputStream in = object.get()) {
      Files.copy(in, index, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(index);
      throw e;
    }
    return Optional.of(new ObjectLayer(store, ObjectKeys.layerData(diffId, packerVersion), index));
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
