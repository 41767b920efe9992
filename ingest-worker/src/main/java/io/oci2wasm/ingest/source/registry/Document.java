package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.oci.Descriptor;

/** A manifest or index as the registry served it, its digest computed by us. */
final class Document {
  private final Descriptor descriptor;
  private final byte[] bytes;

  Document(Descriptor descriptor, byte[] bytes) {
    this.descriptor = descriptor;
    this.bytes = bytes;
  }

  Descriptor descriptor() {
    return descriptor;
  }

  byte[] bytes() {
    return bytes.clone();
  }
}
