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
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreCalls;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
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

  /** An image may name thousands of blobs. */
  private static final int LOOK_AHEAD = 8;

  private final ObjectStore store;
  private final ImageContent source;
  private final StoreCalls calls;
  private final ImageReference image;
  private final Set<Descriptor> done = new HashSet<>();
  private final Lookups lookups;
  private final Writes writes;
  private @Nullable StoredRoot root;
  private int fetched;
  private long bytesFetched;

  private record StoredRoot(Descriptor descriptor, Optional<byte[]> content) {}

  /**
   * A step for one image.
   *
   * @param calls runs those calls to the store that go on beside others
   */
  public StoreBlobStep(
      ObjectStore store, StoreCalls calls, ImageContent source, ImageReference image) {
    this.store = store;
    this.source = source;
    this.calls = calls;
    this.image = image;
    this.lookups = new Lookups(calls, store, this::served);
    this.writes = new Writes(calls);
  }

  /** Begins to ask the store for the first of {@code blobs}, which are needed next. */
  public void lookAhead(List<Descriptor> blobs) {
    lookups.begin(blobs.stream().limit(LOOK_AHEAD).map(Descriptor::digest).toList());
  }

  /**
   * Stores a layer. That this repository served it is noted by {@link #finish} at the latest.
   *
   * @throws RejectedException if the registry does not have it, or has other content
   */
  public void store(Descriptor descriptor) throws RejectedException, IOException {
    if (!done.add(descriptor.bare())) {
      return;
    }
    Lookups.Found found = lookups.find(descriptor.digest());
    if (found.complete()) {
      return;
    }
    try (VerifiedStream in = VerifiedStream.of(source.blob(descriptor), descriptor)) {
      write(descriptor, in, found.blob().isPresent());
      fetched++;
      bytesFetched += in.count();
    }
  }

  /**
   * Stores a manifest, index or config whose bytes are known and verified. It is written by {@link
   * #finish} at the latest.
   */
  void store(Descriptor descriptor, byte[] content) throws IOException {
    if (!done.add(descriptor.bare())) {
      return;
    }
    fetched++;
    bytesFetched += content.length;
    Lookups.Found found = lookups.find(descriptor.digest());
    if (found.blob().isEmpty()) {
      writes.begin(() -> store.put(ObjectKeys.blob(descriptor.digest()), content));
    }
    if (!found.complete()) {
      markServed(descriptor);
    }
  }

  /** Whether this step has it, or has had it. */
  boolean has(Descriptor descriptor) {
    return done.contains(descriptor.bare());
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
    lookups.close();
    writes.close();
  }

  /**
   * The manifest or index whose digest the image's name states, if this repository has shown that
   * it serves it.
   */
  public Optional<Descriptor> storedRoot() throws IOException {
    Sha256Digest digest = image.digest();
    if (digest == null || !lookups.find(digest).complete()) {
      return Optional.empty();
    }
    Optional<ObjectInfo> blob =
        lookups.find(digest).blob().filter(one -> one.size() <= OciDocuments.MAX_MANIFEST_BYTES);
    return blob.isEmpty() ? Optional.empty() : storedRoot(digest, blob.get().size());
  }

  /** Its content, which is needed next, is read beside its mark. */
  private Optional<Descriptor> storedRoot(Sha256Digest digest, long size) throws IOException {
    Future<Optional<byte[]>> content = calls.begin(() -> content(digest, size));
    try {
      Optional<String> mediaType =
          store
              .bytes(served(digest), MAX_MEDIA_TYPE_BYTES)
              .map(mark -> new String(mark, UTF_8))
              .filter(type -> MediaTypes.isIndex(type) || MediaTypes.isManifest(type));
      if (mediaType.isEmpty() || StoreCalls.answer(content).isEmpty()) {
        return Optional.empty();
      }
      Descriptor descriptor = new Descriptor(mediaType.get(), digest, size);
      root = new StoredRoot(descriptor, StoreCalls.answer(content));
      done.add(descriptor);
      return Optional.of(descriptor);
    } finally {
      content.cancel(true);
    }
  }

  /** A document as the store has it, if this repository has shown that it serves it. */
  Optional<byte[]> stored(Descriptor descriptor) throws IOException {
    StoredRoot read = root;
    if (read != null && read.descriptor().equals(descriptor.bare())) {
      return read.content();
    }
    if (done.contains(descriptor.bare())) {
      finish();
    } else if (!isStored(descriptor)) {
      return Optional.empty();
    }
    Optional<byte[]> content = content(descriptor.digest(), descriptor.size());
    content.ifPresent(bytes -> done.add(descriptor.bare()));
    return content;
  }

  private Optional<byte[]> content(Sha256Digest digest, long size) throws IOException {
    return store
        .bytes(ObjectKeys.blob(digest), (int) size)
        .filter(bytes -> Sha256Digest.of(bytes).equals(digest));
  }

  private boolean isStored(Descriptor descriptor) throws IOException {
    Lookups.Found found = lookups.find(descriptor.digest());
    return found.served()
        && found.blob().map(ObjectInfo::size).filter(size -> size == descriptor.size()).isPresent();
  }

  private void write(Descriptor descriptor, VerifiedStream in, boolean isThere)
      throws RejectedException, IOException {
    if (isThere) {
      in.transferTo(OutputStream.nullOutputStream());
      in.check();
      markServed(descriptor);
      return;
    }
    String key = ObjectKeys.blob(descriptor.digest());
    long size =
        store.put(
            key,
            in,
            descriptor.size(),
            () -> {
              in.check();
              markServed(descriptor);
            });
    LOGGER
        .atDebug()
        .addKeyValue(LogKeys.IMAGE_REF, image)
        .addKeyValue(LogKeys.OBJECT_KEY, key)
        .addKeyValue(LogKeys.SIZE_BYTES, size)
        .log("Blob stored");
  }

  /** Counts for nothing while the blob is not there, so it need not be written after it. */
  private void markServed(Descriptor descriptor) throws IOException {
    byte[] mediaType = descriptor.mediaType().getBytes(UTF_8);
    writes.begin(() -> store.put(served(descriptor.digest()), mediaType));
  }

  private String served(Sha256Digest digest) {
    return ObjectKeys.served(image.registry(), image.repository(), digest);
  }

  /** How many blobs there were, and how many of them had to be fetched. */
  public ImageIngested.Blobs tally() {
    return new ImageIngested.Blobs(done.size(), fetched, bytesFetched);
  }
}
