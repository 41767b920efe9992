package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.Document;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;

/**
 * The tag under which a delivered bundle is found: it names the bundle, or an index of those of all
 * platforms of one image. What somebody else has under it stays.
 */
final class BundleTag {
  /** Of which image an index has the bundles. */
  private static final String IMAGE = "io.oci2wasm.image";

  private static final int TIMES = 5;
  private static final String DIGEST = "digest";
  private static final String PLATFORM = "platform";
  private static final String ANNOTATIONS = "annotations";

  private final RegistryPush registry;
  private final TagTemplate template;

  BundleTag(RegistryPush registry, TagTemplate template) {
    this.registry = registry;
    this.template = template;
  }

  /**
   * Lets the tag name the bundle of a platform of {@code image}, as long as the image's own tag
   * names the image.
   *
   * @param manifest the platform's
   * @param artifact is in the repository
   * @return the tag; empty where the image's own names another by now
   */
  Optional<String> name(
      ImageReference image, Sha256Digest manifest, Platform platform, WasmArtifact artifact)
      throws RejectedException, IOException {
    String tag = image.tag();
    Sha256Digest digest = image.digest();
    if (tag == null || digest == null || !names(tag, digest)) {
      return Optional.empty();
    }
    String made = template.of(tag, platform);
    if (template.namesPlatforms() || digest.equals(manifest)) {
      point(made, artifact.manifest());
    } else {
      enter(made, digest, platform, artifact.manifest());
    }
    return Optional.of(made);
  }

  private boolean names(String tag, Sha256Digest digest) throws RejectedException, IOException {
    return registry
        .find(tag, null)
        .filter(found -> found.descriptor().digest().equals(digest))
        .isPresent();
  }

  private void point(String tag, Document artifact) throws RejectedException, IOException {
    Optional<Document> found = registry.find(tag, null);
    if (found.isPresent()) {
      ObjectNode unused = ours(tag, found.get());
    }
    if (found.isEmpty()
        || !found.get().descriptor().digest().equals(artifact.descriptor().digest())) {
      boolean unused = registry.manifest(artifact, tag);
    }
  }

  /** Who enters another platform at once may lose: each looks whether its own is in it. */
  private void enter(String tag, Sha256Digest image, Platform platform, Document artifact)
      throws RejectedException, IOException {
    for (int time = 0; time < TIMES; time++) {
      Optional<Document> found = registry.find(tag, null);
      ObjectNode index = found.isPresent() ? ours(tag, found.get()) : fresh(image);
      if (!index.path(ANNOTATIONS).path(IMAGE).asText().equals(image.toString())) {
        // The tag named another image, or the bundle of one without an index.
        index = fresh(image);
      }
      ArrayNode manifests = index.withArray("manifests");
      if (has(manifests, artifact)) {
        return;
      }
      add(manifests, platform, artifact);
      boolean unused =
          registry.manifest(
              Document.of(MediaTypes.OCI_INDEX, Json.MAPPER.writeValueAsBytes(index)), tag);
    }
    throw new UnavailableException(
        "entering a bundle under " + tag + ": others change it all the time; try again later",
        null);
  }

  private static ObjectNode fresh(Sha256Digest image) {
    ObjectNode index =
        Json.MAPPER
            .createObjectNode()
            .put("schemaVersion", 2)
            .put("mediaType", MediaTypes.OCI_INDEX);
    index.putArray("manifests");
    index.putObject(ANNOTATIONS).put(IMAGE, image.toString());
    return index;
  }

  private static boolean has(ArrayNode manifests, Document artifact) {
    for (JsonNode each : manifests) {
      if (each.path(DIGEST).asText().equals(artifact.descriptor().digest().toString())) {
        return true;
      }
    }
    return false;
  }

  /** An older engine's bundle of the platform goes. */
  private static void add(ArrayNode manifests, Platform platform, Document artifact) {
    Iterator<JsonNode> each = manifests.elements();
    while (each.hasNext()) {
      if (platform.toString().equals(platform(each.next().path(PLATFORM)))) {
        each.remove();
      }
    }
    ObjectNode entry = SharedDocument.describe(artifact.descriptor(), manifests.addObject());
    ObjectNode described =
        entry
            .putObject(PLATFORM)
            .put("architecture", platform.architecture())
            .put("os", platform.os());
    if (platform.variant() != null) {
      described.put("variant", platform.variant());
    }
  }

  private static String platform(JsonNode described) {
    String variant = described.path("variant").asText();
    return described.path("os").asText()
        + "/"
        + described.path("architecture").asText()
        + (variant.isEmpty() ? "" : "/" + variant);
  }

  /** What is under the tag, if it is of us. */
  private static ObjectNode ours(String tag, Document found) throws RejectedException, IOException {
    JsonNode document = Json.MAPPER.readTree(found.bytes());
    JsonNode annotations = document.path(ANNOTATIONS);
    if (document instanceof ObjectNode members
        && (annotations.has(IMAGE) || annotations.has(WasmArtifact.CONVERSION))) {
      return members;
    }
    throw new RejectedException(
        Reason.PUSH_REFUSED,
        String.format(
            "tagging a bundle as %s: found %s under that tag, expected none or a bundle; choose"
                + " another delivery.tag, or remove that one",
            tag, found.descriptor().digest()));
  }
}
