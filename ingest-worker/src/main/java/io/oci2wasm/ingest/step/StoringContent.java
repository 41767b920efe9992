package io.oci2wasm.ingest.step;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.ImageManifest;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.OciDocuments;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An image's documents, each stored as it is read: what a walk needs, no more. What this repository
 * has served before is not fetched again. Only a new manifest's config, which is hardly ever known,
 * is fetched without waiting for the store's answer about it.
 */
public final class StoringContent implements ImageContent {
  private final ImageContent source;
  private final StoreBlobStep blobs;
  private final Set<Descriptor> newConfigs = new HashSet<>();

  public StoringContent(ImageContent source, StoreBlobStep blobs) {
    this.source = source;
    this.blobs = blobs;
  }

  @Override
  public byte[] manifest(Descriptor descriptor) throws RejectedException, IOException {
    OciDocuments.checkSize(descriptor, descriptor.size());
    Optional<byte[]> stored = blobs.stored(descriptor);
    byte[] content = stored.isPresent() ? stored.get() : source.manifest(descriptor);
    if (stored.isEmpty()) {
      blobs.store(descriptor, content);
    }
    if (MediaTypes.isManifest(descriptor.mediaType())) {
      lookAhead(OciDocuments.manifest(descriptor, content), stored.isEmpty());
    }
    return content;
  }

  private void lookAhead(ImageManifest manifest, boolean isNew) {
    if (manifest.isImage()) {
      if (isNew && !blobs.has(manifest.config())) {
        newConfigs.add(manifest.config().bare());
      }
      blobs.lookAhead(
          Stream.concat(Stream.of(manifest.config()), manifest.layers().stream()).toList());
    }
  }

  /** Only for documents: configs are as small as manifests. */
  @Override
  public InputStream blob(Descriptor descriptor) throws RejectedException, IOException {
    OciDocuments.checkSize(descriptor, descriptor.size());
    Optional<byte[]> stored =
        newConfigs.remove(descriptor.bare()) ? Optional.empty() : blobs.stored(descriptor);
    if (stored.isPresent()) {
      return new ByteArrayInputStream(stored.get());
    }
    try (InputStream in = source.blob(descriptor)) {
      byte[] content = in.readNBytes((int) descriptor.size() + 1);
      OciDocuments.verify(descriptor, content);
      blobs.store(descriptor, content);
      return new ByteArrayInputStream(content);
    }
  }
}
