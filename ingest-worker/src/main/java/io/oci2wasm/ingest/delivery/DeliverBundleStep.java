package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.ingest.source.registry.Document;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/**
 * Pushes one bundle into the repository of its image: blobs, then the manifest, then where the
 * registry keeps no list of referrers itself the entry in one. What is there is not sent again.
 */
final class DeliverBundleStep {
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  /** What became of a bundle. */
  enum Result {
    PUSHED,
    /** It was there. */
    PRESENT,
    /** Its image has left the registry, or the bundle the store: nothing is left to deliver. */
    GONE
  }

  /** Of {@code bundle.json} what is read here. */
  private record Description(@JsonProperty("engine") EngineUsed engine) {
    private record EngineUsed(String version) {}
  }

  private final RegistryClient registries;
  private final ObjectStore store;

  DeliverBundleStep(RegistryClient registries, ObjectStore store) {
    this.registries = registries;
    this.store = store;
  }

  Result call(BundleBuilt event) throws RejectedException, IOException {
    ImageReference image = event.image();
    RegistryPush registry = new RegistryPush(registries, image);
    Optional<Document> subject = registry.find(null, event.manifestDigest());
    Optional<byte[]> description =
        store.bytes(ObjectKeys.bundleDescription(event.conversionId()), MAX_DESCRIPTION_BYTES);
    Optional<ObjectInfo> module = store.head(event.bundle().objectKey());
    if (subject.isEmpty() || description.isEmpty() || module.isEmpty()) {
      return Result.GONE;
    }
    check(event, module.get());
    WasmArtifact artifact =
        artifact(event, subject.get().descriptor(), engineVersion(description.get()));
    boolean present = registry.hasManifest(artifact.manifest().descriptor());
    boolean listed = !present && push(registry, artifact, event.bundle().objectKey());
    if (!listed && !registry.listsReferrers(event.manifestDigest())) {
      new ReferrersIndex(registry, event.manifestDigest()).enter(artifact);
    }
    return present ? Result.PRESENT : Result.PUSHED;
  }

  private static WasmArtifact artifact(BundleBuilt event, Descriptor subject, String engine) {
    return WasmArtifact.of(
        subject,
        event.bundle().digest(),
        event.bundle().size(),
        Map.of(
            "io.oci2wasm.conversion.id", event.conversionId(),
            "io.oci2wasm.engine.version", engine,
            "io.oci2wasm.platform", event.platform().toString()));
  }

  private static void check(BundleBuilt event, ObjectInfo module) throws RejectedException {
    if (module.size() != event.bundle().size()) {
      throw new RejectedException(
          Reason.DIGEST_MISMATCH,
          String.format(
              "delivering %s: found %s bytes, expected %s; convert the image again",
              module.key(), module.size(), event.bundle().size()));
    }
  }

  private static String engineVersion(byte[] description) throws IOException {
    return Json.MAPPER.readValue(description, Description.class).engine().version();
  }

  /** Whether the registry lists it by itself. */
  private boolean push(RegistryPush registry, WasmArtifact artifact, String objectKey)
      throws RejectedException, IOException {
    byte[] config = artifact.config().bytes();
    registry.blob(artifact.module(), () -> open(objectKey));
    registry.blob(artifact.config().descriptor(), () -> new ByteArrayInputStream(config));
    return registry.manifest(artifact.manifest(), null);
  }

  private InputStream open(String objectKey) throws IOException {
    return store
        .get(objectKey)
        .orElseThrow(
            () ->
                new UnavailableException(
                    "object store, reading " + objectKey + ": it is missing from the store", null));
  }
}
