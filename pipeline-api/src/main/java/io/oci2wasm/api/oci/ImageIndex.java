package io.oci2wasm.api.oci;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image index (image-spec 1.1, image-index.md) or a docker manifest list, which has the same
 * members.
 */
public record ImageIndex(
    int schemaVersion, @Nullable String mediaType, List<Descriptor> manifests) {
  public ImageIndex {
    manifests = manifests == null ? List.of() : List.copyOf(manifests);
  }
}
