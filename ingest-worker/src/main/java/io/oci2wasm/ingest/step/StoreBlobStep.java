package io.oci2wasm.ingest.step;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts one image's blobs where they belong, each once. A blob that the object store has already,
 * from another repository, is fetched all the same until this repository has shown that it serves
 * it: else a manifest could name another tenant's private blob and get its content
 * (docs/FORMATS.md, "Objects").
 */
public final class StoreBlobStep implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StoreBlobStep.class);

  /** The longest we know, of docker's lists, has 57. */
  private static final int MAX_MEDIA_TYPE_BYTES = 256;

  private final ObjectStore store;
  private final ImageContent source;
  private final ImageReference image;
  private final Set<Descriptor> done = new HashSet<>();
  private final Writes writes = new Writes();
  private int fetched;
  private long bytesFetched;

  public StoreBlobStep(ObjectStore store, ImageContent source, ImageReference image) {
    this.store = store;
    this.source = source;
    this.image = image;
  }

  /**
   * Stores a layer. That this repository served it is noted by {@link #finish} at the latest.
   *
   * @throws RejectedException if the registry does not have it, or has other content
   */
  public void store(Descriptor descriptor) throws RejectedException, IOException {
    if (isDone(descriptor)) {
      return;
    }
    try (VerifiedStream in = VerifiedStream.of(source.blob(descriptor), descriptor)) {
      write(descriptor, in);
      fetched++;
      bytesFetched += in.count();
    }
    writes.begin(() -> markServed(descriptor));
  }

  /**
   * Stores a manifest, index or config that was not {@link #stored}, and whose bytes are known and
   * verified. It is written by {@link #finish} at the latest.
   */
  void store(Descriptor descriptor, byte[] content) throws IOException {
    if (!done.add(descriptor.bare())) {
      return;
    }
    fetched++;
    bytesFetched += content.length;
    writes.begin(
        () -> {
          String key = ObjectKeys.blob(descriptor.digest());
          if (store.head(key).isEmpty()) {
            store.put(key, content);
          }
          markServed(descriptor);
        });
  }

  /**
   * Waits until everything is in the store.
   *
   * @throws IOException if something could not be written
   */
  public void finish() throws IOException {
    writes.await();
  }

  /** Without {@link #finish} before, what is not written is given up. */
  @Override
  public void close() {
    writes.close();
  }

  /**
   * The manifest or index whose digest the image's name states, if this repository has shown that
   * it serves it.
   */
  public Optional<Descriptor> storedRoot() throws IOException {
    Sha256Digest digest = image.digest();
    if (digest == null) {
      return Optional.empty();
    }
    Optional<String> mediaType =
        store
            .bytes(served(digest), MAX_MEDIA_TYPE_BYTES)
            .map(mark -> new String(mark, UTF_8))
            .filter(type -> MediaTypes.isIndex(type) || MediaTypes.isManifest(type));
    if (mediaType.isEmpty()) {
      return Optional.empty();
    }
    Optional<Descriptor> root =
        store
            .head(ObjectKeys.blob(digest))
            .map(blob -> new Descriptor(mediaType.get(), digest, blob.size()))
            .filter(document -> document.size() <= OciDocuments.MAX_MANIFEST_BYTES);
    return root.isPresent() && stored(root.get()).isPresent() ? root : Optional.empty();
  }

  /** A document as the store has it, if this repository has shown that it serves it. */
  Optional<byte[]> stored(Descriptor descriptor) throws IOException {
    if (done.contains(descriptor.bare())) {
      finish();
    }
    String key = ObjectKeys.blob(descriptor.digest());
    if (store.head(served(descriptor.digest())).isEmpty()
        || store.head(key).filter(blob -> blob.size() == descriptor.size()).isEmpty()) {
      return Optional.empty();
    }
    Optional<byte[]> content =
        store
            .bytes(key, (int) descriptor.size())
            .filter(bytes -> Sha256Digest.of(bytes).equals(descriptor.digest()));
    content.ifPresent(bytes -> done.add(descriptor.bare()));
    return content;
  }

  private boolean isDone(Descriptor descriptor) throws IOException {
    return !done.add(descriptor.bare())
        || (store.head(served(descriptor.digest())).isPresent()
            && store.head(ObjectKeys.blob(descriptor.digest())).isPresent());
  }

  private void write(Descriptor descriptor, VerifiedStream in)
      throws RejectedException, IOException {
    String key = ObjectKeys.blob(descriptor.digest());
    if (store.head(key).isPresent()) {
      in.transferTo(OutputStream.nullOutputStream());
      in.check();
    } else {
      long size = store.put(key, in, descriptor.size(), in::check);
      LOGGER
          .atDebug()
          .addKeyValue(LogKeys.IMAGE_REF, image)
          .addKeyValue(LogKeys.OBJECT_KEY, key)
          .addKeyValue(LogKeys.SIZE_BYTES, size)
          .log("Blob stored");
    }
  }

  private void markServed(Descriptor descriptor) throws IOException {
    store.put(served(descriptor.digest()), descriptor.mediaType().getBytes(UTF_8));
  }

  private String served(Sha256Digest digest) {
    return ObjectKeys.served(image.registry(), image.repository(), digest);
  }

  /** How many blobs there were, and how many of them had to be fetched. */
  public ImageIngested.Blobs tally() {
    return new ImageIngested.Blobs(done.size(), fetched, bytesFetched);
  }
}
