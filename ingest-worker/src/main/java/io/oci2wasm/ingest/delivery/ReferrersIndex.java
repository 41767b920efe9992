package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.ReferrersTag;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import java.io.IOException;

/**
 * The index of a manifest's referrers in a registry that keeps none itself (distribution-spec 1.1,
 * "Referrers Tag Schema").
 */
final class ReferrersIndex {
  private static final SharedDocument.Form FORM =
      new SharedDocument.Form("an OCI index", MediaTypes.OCI_INDEX, "manifests");

  private final SharedDocument index;

  ReferrersIndex(RegistryPush registry, Sha256Digest subject) {
    this.index = new SharedDocument(registry, ReferrersTag.of(subject), FORM);
  }

  /** Enters {@code artifact}, unless it is in it. */
  void enter(WasmArtifact artifact) throws RejectedException, IOException {
    index.enter(
        new SharedDocument.Entry() {
          @Override
          public boolean isAmong(ArrayNode manifests) {
            return lists(manifests, artifact.manifest().descriptor().digest());
          }

          @Override
          public void addTo(ObjectNode document, ArrayNode manifests) {
            describe(artifact, manifests.addObject());
          }
        });
  }

  private static boolean lists(ArrayNode manifests, Sha256Digest digest) {
    for (JsonNode manifest : manifests) {
      if (manifest.path("digest").asText().equals(digest.toString())) {
        return true;
      }
    }
    return false;
  }

  /** As the referrers API would list it: type and annotations are the manifest's. */
  private static void describe(WasmArtifact artifact, ObjectNode entry) {
    var descriptor = artifact.manifest().descriptor();
    SharedDocument.describe(descriptor, entry).put("artifactType", MediaTypes.WASM_CONFIG);
    ObjectNode annotations = entry.putObject("annotations");
    artifact.annotations().forEach(annotations::put);
  }
}
