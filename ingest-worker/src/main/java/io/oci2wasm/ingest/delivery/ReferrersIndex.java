package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.api.oci.ReferrersTag;
import io.oci2wasm.ingest.source.registry.Document;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The index of a manifest's referrers in a registry that keeps none itself (distribution-spec 1.1,
 * "Referrers Tag Schema"). What others have entered stays as it is. Registries know no conditional
 * writes, so that two who enter something at once may lose one of the two: each looks whether its
 * own is in it, and enters it again.
 */
final class ReferrersIndex {
  private static final int TIMES = 5;

  private final RegistryPush registry;
  private final String tag;

  ReferrersIndex(RegistryPush registry, Sha256Digest subject) {
    this.registry = registry;
    this.tag = ReferrersTag.of(subject);
  }

  /** Enters {@code artifact}, unless it is in it. */
  void enter(WasmArtifact artifact) throws RejectedException, IOException {
    for (int time = 0; time < TIMES; time++) {
      ObjectNode index = read(registry.find(tag, null));
      ArrayNode manifests = index.withArray("manifests");
      if (lists(manifests, artifact.manifest().descriptor().digest())) {
        return;
      }
      manifests.add(entry(artifact));
      boolean unused =
          registry.manifest(
              Document.of(MediaTypes.OCI_INDEX, Json.MAPPER.writeValueAsBytes(index)), tag);
    }
    throw new UnavailableException(
        "entering an artifact under " + tag + ": others change it all the time; try again later",
        null);
  }

  private ObjectNode read(Optional<Document> found) throws RejectedException {
    if (found.isEmpty()) {
      return Json.MAPPER
          .createObjectNode()
          .put("schemaVersion", 2)
          .put("mediaType", MediaTypes.OCI_INDEX);
    }
    Document document = found.get();
    String type = document.descriptor().mediaType();
    try {
      JsonNode json = Json.MAPPER.readTree(document.bytes());
      boolean room = document.bytes().length < OciDocuments.MAX_MANIFEST_BYTES / 2;
      if (type.equals(MediaTypes.OCI_INDEX)
          && room
          && json instanceof ObjectNode index
          && (index.path("manifests").isArray() || index.path("manifests").isMissingNode())) {
        return index;
      }
    } catch (IOException e) {
      throw notAnIndex(type, e);
    }
    throw notAnIndex(type, null);
  }

  private RejectedException notAnIndex(String type, @Nullable Exception cause) {
    String message =
        String.format(
            "entering an artifact under %s: found %s, expected an OCI index of less than"
                + " 2 MiB; remove that tag, or what is in it",
            tag, type);
    return cause == null
        ? new RejectedException(Reason.PUSH_REFUSED, message)
        : new RejectedException(Reason.PUSH_REFUSED, message, cause);
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
  private static ObjectNode entry(WasmArtifact artifact) {
    var descriptor = artifact.manifest().descriptor();
    ObjectNode entry =
        Json.MAPPER
            .createObjectNode()
            .put("mediaType", descriptor.mediaType())
            .put("digest", descriptor.digest().toString())
            .put("size", descriptor.size())
            .put("artifactType", MediaTypes.WASM_CONFIG);
    ObjectNode annotations = entry.putObject("annotations");
    artifact.annotations().forEach(annotations::put);
    return entry;
  }
}
