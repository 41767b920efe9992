package io.oci2wasm.ingest.source.registry;

import java.io.IOException;
import java.io.InputStream;

/** Where a blob's bytes come from. */
@FunctionalInterface
public interface BlobContent {
  /** The bytes from the first on; the caller closes the stream. */
  InputStream open() throws IOException;
}
