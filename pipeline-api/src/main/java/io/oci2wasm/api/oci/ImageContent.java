package io.oci2wasm.api.oci;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The source of an image's documents and blobs: a registry, an OCI layout, an archive or the object
 * store.
 */
public interface ImageContent {
  /**
   * The bytes of a manifest or index, verified against {@code descriptor}.
   *
   * @throws RejectedException if they are missing, too large or others
   * @throws IOException if the place does not answer
   */
  byte[] manifest(Descriptor descriptor) throws RejectedException, IOException;

  /**
   * A blob as a stream, <em>not</em> verified: the reader computes the digest while it reads.
   *
   * @throws RejectedException if it is missing
   * @throws IOException if the place does not answer
   */
  InputStream blob(Descriptor descriptor) throws RejectedException, IOException;
}
