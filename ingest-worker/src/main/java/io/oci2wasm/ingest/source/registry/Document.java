package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;

/** A manifest, index or small blob as a registry has it, its digest computed by us. */
public final class Document {
  private final Descriptor descriptor;
  private final byte[] bytes;

  Document(Descriptor descriptor, byte[] bytes) {
    this.descriptor = descriptor;
    this.bytes = bytes;
  }

  /** The document of this type and content. */
  public static Document of(String mediaType, byte[] bytes) {
    return new Document(
        new Descriptor(mediaType, Sha256Digest.of(bytes), bytes.length), bytes.clone());
  }

  public Descriptor descriptor() {
    return descriptor;
  }

  public byte[] bytes() {
    return bytes.clone();
  }
}
