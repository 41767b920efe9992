package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to an image, found by reading its documents in the store. Lenient: what cannot be
 * read leads nowhere, and what nothing leads to is judged by its age alone.
 */
final class ImageContents {
  /** Digests by what they are of. */
  static final class Content {
    final Set<Sha256Digest> documents = new LinkedHashSet<>();
    final Set<Sha256Digest> manifests = new LinkedHashSet<>();
    final Set<Sha256Digest> layerBlobs = new LinkedHashSet<>();
    final Set<Sha256Digest> diffIds = new LinkedHashSet<>();
    private boolean missing;

    /**
     * Whether every document was there. Of an image that is being ingested some may come yet; of a
     * sparse index, or one with unwanted platforms, they never will.
     */
    boolean complete() {
      return !missing;
    }
  }

  private final ObjectStore store;
  private final Map<Sha256Digest, Content> known = new HashMap<>();

  ImageContents(ObjectStore store) {
    this.store = store;
  }

  /** Everything that the manifest or index {@code root} leads to. */
  Content of(Sha256Digest root) throws IOException {
    Content found = known.get(root);
    if (found == null) {
      found = new Content();
      walk(root, found);
      if (found.complete()) {
        known.put(root, found);
      }
    }
    return found;
  }

  /** The layers named by a bundle's own description. */
  Set<Sha256Digest> layersOfBundle(String conversionId) throws IOException {
    Set<Sha256Digest> layers = new LinkedHashSet<>();
    JsonNode description = read(ObjectKeys.bundleDescription(conversionId));
    if (description != null) {
      description.path("layers").forEach(one -> digest(one).ifPresent(layers::add));
    }
    return layers;
  }

  private void walk(Sha256Digest digest, Content content) throws IOException {
    // Each document is read once, which ends cycles too.
    if (!content.documents.add(digest)) {
      return;
    }
    JsonNode document = read(ObjectKeys.blob(digest));
    if (document == null) {
      content.missing = true;
      return;
    }
    for (JsonNode child : document.path("manifests")) {
      Optional<Sha256Digest> named = digest(child.path("digest"));
      if (named.isPresent()) {
        walk(named.get(), content);
      }
    }
    Optional<Sha256Digest> config = digest(document.path("config").path("digest"));
    if (config.isPresent()) {
      content.manifests.add(digest);
      content.documents.add(config.get());
      document
          .path("layers")
          .forEach(layer -> digest(layer.path("digest")).ifPresent(content.layerBlobs::add));
      readDiffIds(config.get(), content);
    }
  }

  private void readDiffIds(Sha256Digest config, Content content) throws IOException {
    JsonNode document = read(ObjectKeys.blob(config));
    if (document == null) {
      content.missing = true;
      return;
    }
    document
        .path("rootfs")
        .path("diff_ids")
        .forEach(one -> digest(one).ifPresent(content.diffIds::add));
  }

  private @Nullable JsonNode read(String key) throws IOException {
    Optional<byte[]> bytes = store.bytes(key, OciDocuments.MAX_MANIFEST_BYTES);
    if (bytes.isEmpty()) {
      return null;
    }
    try {
      return Json.MAPPER.readTree(bytes.get());
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static Optional<Sha256Digest> digest(JsonNode value) {
    try {
      return value.isTextual() ? Optional.of(Sha256Digest.parse(value.asText())) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
