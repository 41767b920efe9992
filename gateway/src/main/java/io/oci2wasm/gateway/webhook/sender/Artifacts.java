package io.oci2wasm.gateway.webhook.sender;

import io.oci2wasm.api.oci.MediaTypes;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells by media types whether a pushed manifest is an artifact and no image (image-spec 1.1,
 * manifest.md, "Guidelines for Artifact Usage"): signatures, attestations, bills of materials,
 * charts, WebAssembly modules as our own bundles. What is not told counts as an image: ingest
 * fetches the manifest and knows.
 */
final class Artifacts {
  /** All image layers' types begin so, also those that we do not know: ingest refuses them. */
  private static final List<String> LAYERS =
      List.of("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.");

  private Artifacts() {}

  /** Whether {@code type}, of a config or of a whole artifact, is told and no image's. */
  static boolean isArtifact(@Nullable String type) {
    return type != null
        && !type.isEmpty()
        && !MediaTypes.isImageConfig(type)
        && !MediaTypes.isManifest(type)
        && !MediaTypes.isIndex(type)
        && !MediaTypes.isSchema1(type);
  }

  /**
   * Whether a manifest with this config and these layers is one. Cosign's signatures and buildkit's
   * attestations have the config of an image: their layers tell.
   */
  static boolean isArtifact(@Nullable String config, List<String> layers) {
    return isArtifact(config)
        || layers.stream().anyMatch(Artifacts::convertsToNothing)
        || (!layers.isEmpty() && layers.stream().noneMatch(Artifacts::isLayer));
  }

  /** The same where it is not told which of the types is the config's. */
  static boolean isArtifact(List<String> held) {
    if (held.isEmpty()) {
      return false;
    }
    String config = held.stream().filter(MediaTypes::isImageConfig).findFirst().orElse(held.get(0));
    return isArtifact(config, held.stream().filter(type -> !Objects.equals(type, config)).toList());
  }

  private static boolean convertsToNothing(String layer) {
    return layer.equals(MediaTypes.IN_TOTO) || MediaTypes.isWasm(layer);
  }

  private static boolean isLayer(String type) {
    return LAYERS.stream().anyMatch(type::startsWith);
  }
}
