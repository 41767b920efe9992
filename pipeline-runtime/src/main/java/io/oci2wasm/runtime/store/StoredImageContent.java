package io.oci2wasm.runtime.store;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.OciDocuments;
import java.io.IOException;
import java.io.InputStream;

/** Reads images that ingest stored in the object store. */
public final class StoredImageContent implements ImageContent {
  private final ObjectStore store;

  public StoredImageContent(ObjectStore store) {
    this.store = store;
  }

  @Override
  public byte[] manifest(Descriptor descriptor) throws RejectedException, IOException {
    OciDocuments.checkSize(descriptor, descriptor.size());
    try (InputStream in = blob(descriptor)) {
      byte[] content = in.readNBytes((int) descriptor.size() + 1);
      OciDocuments.verify(descriptor, content);
      return content;
    }
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws RejectedException, IOException {
    String key = ObjectKeys.blob(descriptor.digest());
    return store
        .get(key)
        .orElseThrow(
            () ->
                new RejectedException(
                    Reason.NOT_FOUND,
                    String.format(
                        "reading %s %s: found no object %s, expected what ingest stored; push the"
                            + " image again",
                        descriptor.mediaType(), descriptor.digest(), key)));
  }
}
