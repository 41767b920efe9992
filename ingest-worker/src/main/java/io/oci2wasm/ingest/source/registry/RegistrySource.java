package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.ingest.source.ImageSource;
import java.io.IOException;
import java.io.InputStream;
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

  @Override
  public byte[] manifest(Descriptor descriptor) throws RejectedException, IOException {
    OciDocuments.checkSize(descriptor, descriptor.size());
    Document document = rootDocument();
    if (!document.descriptor().digest().equals(descriptor.digest())) {
      document = client.manifest(image.withDigest(descriptor.digest()));
    }
    byte[] bytes = document.bytes();
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
