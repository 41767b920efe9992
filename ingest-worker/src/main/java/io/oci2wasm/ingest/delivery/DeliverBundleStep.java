package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.ingest.delivery.Attestations.Attestation;
import io.oci2wasm.ingest.source.registry.Document;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import io.oci2wasm.runtime.bundle.Bundles;
import io.oci2wasm.runtime.bundle.DamagedBundleException;
import io.oci2wasm.runtime.bundle.StoredBundle;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Pushes one bundle into the repository of its image: blobs, then the manifest, then where the
 * registry keeps no list of referrers itself the entry in one, and last the attestations, where a
 * key signs them. What is there is not sent again.
 */
final class DeliverBundleStep {
  /** What became of a bundle. */
  enum Result {
    PUSHED,
    /** It was there. */
    PRESENT,
    /** Its image has left the registry, or the bundle the store: nothing is left to deliver. */
    GONE
  }

  private final RegistryClient registries;
  private final Bundles bundles;
  private final @Nullable Signer key;

  /**
   * Delivers from {@code store}.
   *
   * @param key signs attestations; without it there are none
   */
  DeliverBundleStep(RegistryClient registries, ObjectStore store, @Nullable Signer key) {
    this.registries = registries;
    this.bundles = new Bundles(store);
    this.key = key;
  }

  Result call(BundleBuilt event) throws RejectedException, IOException {
    try {
      return deliver(event);
    } catch (DamagedBundleException e) {
      // No fault that time heals.
      throw new RejectedException(
          Reason.DIGEST_MISMATCH,
          "delivering bundle " + event.conversionId() + ": " + e.getMessage(),
          e);
    }
  }

  private Result deliver(BundleBuilt event) throws RejectedException, IOException {
    ImageReference image = event.image();
    RegistryPush registry = new RegistryPush(registries, image);
    Optional<Document> subject = registry.find(null, event.manifestDigest());
    Optional<StoredBundle> found = bundles.find(event.conversionId());
    if (subject.isEmpty() || found.isEmpty()) {
      return Result.GONE;
    }
    StoredBundle bundle = found.get();
    WasmArtifact artifact = artifact(event, subject.get().descriptor(), bundle);
    boolean present = registry.hasManifest(artifact.manifest().descriptor());
    boolean listed = !present && push(registry, artifact, bundle);
    if (!listed && !registry.listsReferrers(event.manifestDigest())) {
      new ReferrersIndex(registry, event.manifestDigest()).enter(artifact);
    }
    if (key != null) {
      Descriptor manifest = artifact.manifest().descriptor();
      new Attestations(registry, manifest.digest()).enter(attestations(bundle, manifest), key);
    }
    return present ? Result.PRESENT : Result.PUSHED;
  }

  private static List<Attestation> attestations(StoredBundle bundle, Descriptor manifest)
      throws IOException {
    Attestation provenance =
        new Attestation(Attestations.PROVENANCE, () -> bundle.statementAbout(manifest));
    return bundle.hasSbom()
        ? List.of(
            provenance,
            new Attestation(Attestations.SBOM, () -> bundle.sbomAbout(manifest, Attestations.SBOM)))
        : List.of(provenance);
  }

  private static WasmArtifact artifact(BundleBuilt event, Descriptor subject, StoredBundle bundle)
      throws IOException {
    String engine = bundle.description().path("engine").path("version").asText();
    return WasmArtifact.of(
        subject,
        bundle.requireModuleDigest(),
        bundle.sizeBytes(),
        Map.of(
            "io.oci2wasm.conversion.id", event.conversionId(),
            "io.oci2wasm.engine.version", engine,
            "io.oci2wasm.platform", event.platform().toString()));
  }

  /** Whether the registry lists it by itself. */
  private boolean push(RegistryPush registry, WasmArtifact artifact, StoredBundle bundle)
      throws RejectedException, IOException {
    registry.blob(artifact.module(), bundle::open);
    registry.blob(artifact.config());
    return registry.manifest(artifact.manifest(), null);
  }
}
