package io.oci2wasm.api.oci;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An image manifest (image-spec 1.1, manifest.md) or docker's schema 2 manifest, which has the same
 * members.
 */
public record ImageManifest(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable String artifactType,
    Descriptor config,
    List<Descriptor> layers) {
  public ImageManifest {
    Objects.requireNonNull(config, "manifest: found no config");
    layers = layers == null ? List.of() : List.copyOf(layers);
  }

  /**
   * Whether this is an image at all: artifacts use another config type, and WebAssembly images have
   * modules in the place of layers.
   */
  public boolean isImage() {
    return MediaTypes.isImageConfig(config.mediaType()) && !isWasm();
  }

  /** Whether its layers are modules, as in the images that this pipeline delivers. */
  private boolean isWasm() {
    return !layers.isEmpty()
        && layers.stream().allMatch(layer -> MediaTypes.isWasm(layer.mediaType()));
  }

  /** Whether its layers are in-toto statements, as in buildkit's attestation manifests. */
  public boolean isAttestation() {
    return !layers.isEmpty()
        && layers.stream().allMatch(layer -> layer.mediaType().equals(MediaTypes.IN_TOTO));
  }
}
