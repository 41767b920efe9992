package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.delivery.Attestations.Attestation;
import io.oci2wasm.ingest.source.registry.BlobContent;
import io.oci2wasm.ingest.source.registry.Document;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import io.oci2wasm.runtime.bundle.Bundles;
import io.oci2wasm.runtime.bundle.DamagedBundleException;
import io.oci2wasm.runtime.bundle.StoredBundle;
import io.oci2wasm.runtime.bundle.StoredFile;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Pushes one bundle into the repository of its image: where a key signs them the attestations, so
 * that nothing is there without them, then blobs, then the manifest, then where the registry keeps
 * no list of referrers itself the entry in one, and last the tag, where bundles have one. What is
 * there is not sent again.
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

  /**
   * What became of a bundle, and where it is.
   *
   * @param place its manifest, by digest, and by tag where it has one; null if it is gone
   * @param signed whether attestations about it are there
   */
  record Delivered(Result result, @Nullable ImageReference place, boolean signed) {
    private static final Delivered GONE = new Delivered(Result.GONE, null, false);
  }

  private final RegistryClient registries;
  private final Bundles bundles;
  private final @Nullable Signer key;
  private final @Nullable TagTemplate tag;

  /**
   * Delivers from {@code store}.
   *
   * @param key signs attestations; without it there are none
   * @param tag of bundles; without it they have none
   */
  DeliverBundleStep(
      RegistryClient registries,
      ObjectStore store,
      @Nullable Signer key,
      @Nullable TagTemplate tag) {
    this.registries = registries;
    this.bundles = new Bundles(store);
    this.key = key;
    this.tag = tag;
  }

  /** A bundle's manifest and the files that are its layers. */
  private record Delivery(WasmArtifact artifact, List<Layer> layers) {}

  private record Layer(Descriptor descriptor, BlobContent content) {}

  Delivered call(BundleBuilt event) throws RejectedException, IOException {
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

  private Delivered deliver(BundleBuilt event) throws RejectedException, IOException {
    ImageReference image = event.image();
    RegistryPush registry = new RegistryPush(registries, image);
    Optional<Document> subject = registry.find(null, event.manifestDigest());
    Optional<StoredBundle> found = bundles.find(event.conversionId());
    if (subject.isEmpty() || found.isEmpty()) {
      return Delivered.GONE;
    }
    StoredBundle bundle = found.get();
    Delivery delivery = delivery(event, subject.get().descriptor(), bundle);
    WasmArtifact artifact = delivery.artifact();
    Descriptor manifest = artifact.manifest().descriptor();
    if (key != null) {
      new Attestations(registry, manifest.digest()).enter(attestations(bundle, manifest), key);
    }
    boolean present = registry.hasManifest(manifest);
    boolean listed = !present && push(registry, delivery);
    if (!listed && !registry.listsReferrers(event.manifestDigest())) {
      new ReferrersIndex(registry, event.manifestDigest()).enter(artifact);
    }
    Optional<String> named =
        tag == null
            ? Optional.empty()
            : new BundleTag(registry, tag)
                .name(image, event.manifestDigest(), event.platform(), artifact);
    return new Delivered(
        present ? Result.PRESENT : Result.PUSHED,
        new ImageReference(
            image.registry(), image.repository(), named.orElse(null), manifest.digest()),
        key != null);
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

  private static Delivery delivery(BundleBuilt event, Descriptor subject, StoredBundle bundle)
      throws IOException {
    Map<String, String> annotations =
        Map.of(
            WasmArtifact.CONVERSION,
            event.conversionId(),
            "io.oci2wasm.engine.version",
            bundle.description().path("engine").path("version").asText(),
            WasmArtifact.PLATFORM,
            event.platform().toString());
    Layer module =
        new Layer(
            new Descriptor(MediaTypes.WASM_LAYER, bundle.requireModuleDigest(), bundle.sizeBytes()),
            bundle::open);
    Optional<StoredFile> second = bundle.data();
    if (second.isEmpty()) {
      return new Delivery(
          WasmArtifact.image(subject, module.descriptor(), annotations), List.of(module));
    }
    StoredFile file = second.get();
    Layer data =
        new Layer(
            new Descriptor(MediaTypes.BUNDLE_DATA, file.requireDigest(), file.sizeBytes()),
            file::open);
    return new Delivery(
        WasmArtifact.split(
            subject, module.descriptor(), data.descriptor(), bundle.dataName(), annotations),
        List.of(module, data));
  }

  /** Whether the registry lists it by itself. */
  private static boolean push(RegistryPush registry, Delivery delivery)
      throws RejectedException, IOException {
    for (Layer layer : delivery.layers()) {
      registry.blob(layer.descriptor(), layer.content());
    }
    registry.blob(delivery.artifact().config());
    return registry.manifest(delivery.artifact().manifest(), null);
  }
}
