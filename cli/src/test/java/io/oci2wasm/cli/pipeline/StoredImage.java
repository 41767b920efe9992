package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The objects that the pipeline leaves of one image, made up but with the real documents. */
final class StoredImage {
  private static final String PACKER = "1";

  private final ObjectStore store;
  private final String registry;
  private final String repository;
  private final Set<String> keys = new LinkedHashSet<>();
  private final Descriptor manifest;

  /** An image whose layers have the given contents, put into {@code store} with its bundle. */
  StoredImage(ObjectStore store, String registry, String repository, String name, String... layers)
      throws IOException {
    this.store = store;
    this.registry = registry;
    this.repository = repository;
    List<Descriptor> descriptors = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    for (String layer : layers) {
      Descriptor blob = blob(MediaTypes.OCI_LAYER, layer.getBytes(StandardCharsets.UTF_8));
      Sha256Digest diffId = diffId(layer);
      descriptors.add(blob);
      diffIds.add(diffId.toString());
      put(ObjectKeys.diffId(blob.digest()), diffId.toString());
      put(ObjectKeys.layerData(diffId, PACKER), layer);
      put(ObjectKeys.layerIndex(diffId, PACKER), layer);
    }
    Descriptor config =
        json(
            MediaTypes.OCI_CONFIG,
            Map.of("author", name, "rootfs", Map.of("type", "layers", "diff_ids", diffIds)));
    manifest =
        json(
            MediaTypes.OCI_MANIFEST,
            Map.of("schemaVersion", 2, "config", config, "layers", descriptors));
    bundle(bundleId());
  }

  static Sha256Digest diffId(String layer) {
    return Sha256Digest.of(("unpacked " + layer).getBytes(StandardCharsets.UTF_8));
  }

  private Descriptor json(String mediaType, Object document) throws IOException {
    return blob(mediaType, Json.MAPPER.writeValueAsBytes(document));
  }

  private Descriptor blob(String mediaType, byte[] content) throws IOException {
    Sha256Digest digest = Sha256Digest.of(content);
    String key = ObjectKeys.blob(digest);
    store.put(key, content);
    keys.add(key);
    put(ObjectKeys.served(registry, repository, digest), "");
    return new Descriptor(mediaType, digest, content.length);
  }

  /** Another bundle of the same image, as a new engine gives it. */
  void bundle(String conversionId) throws IOException {
    put(ObjectKeys.bundleModule(conversionId), "module");
    put(ObjectKeys.bundleProvenance(conversionId), "{}");
    put(ObjectKeys.bundleDescription(conversionId), "{}");
  }

  private void put(String key, String content) throws IOException {
    store.put(key, content.getBytes(StandardCharsets.UTF_8));
    keys.add(key);
  }

  Sha256Digest digest() {
    return manifest.digest();
  }

  /** Not the real id, which needs an engine: any 64 hex digits do. */
  String bundleId() {
    return Sha256Digest.of(("bundle of " + manifest.digest()).getBytes(StandardCharsets.UTF_8))
        .hex();
  }

  /** Every key that was written for it, shared ones too. */
  Set<String> keys() {
    return keys;
  }
}
