package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.ingest.source.ImageSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An image in a registry. */
public final class RegistrySource implements ImageSource {
  private final ImageReference image;
  private final RegistryClient client;
  private @Nullable Document root;

  private RegistrySource(ImageReference image, RegistryClient client) {
    this.image = image;
    this.client = client;
  }

  /** Nothing is sent yet. */
  public static RegistrySource open(ImageReference image, RegistryClient client) {
    return new RegistrySource(image, client);
  }

  @Override
  public void checkAllowed() throws RejectedException {
    client.checkAllowed(image);
  }

  @Override
  public Descriptor root() throws RejectedException, IOException {
    return rootDocument().descriptor();
  }

  private synchronized Document rootDocument() throws RejectedException, IOException {
    Document document = root;
    if (document == null) {
      document = client.manifest(image);
      root = document;
    }
    return document;
  }

  /** The root if it has this digest and was asked for. */
  private synchronized Optional<Document> root(Sha256Digest digest) {
    return Optional.ofNullable(root)
        .filter(document -> document.descriptor().digest().equals(digest));
  }

  @Override
  public byte[] manifest(Descriptor descriptor) throws RejectedException, IOException {
    OciDocuments.checkSize(descriptor, descriptor.size());
    Optional<Document> known = root(descriptor.digest());
    byte[] bytes =
        (known.isPresent() ? known.get() : client.manifest(image.withDigest(descriptor.digest())))
            .bytes();
    OciDocuments.verify(descriptor, bytes);
    return bytes;
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws RejectedException, IOException {
    return client.blob(image, descriptor);
  }

  @Override
  public String describe() {
    return image.toString();
  }

  /** Connections belong to the client. */
  @Override
  public void close() {}
}
