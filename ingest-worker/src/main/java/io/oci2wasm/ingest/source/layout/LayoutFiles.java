package io.oci2wasm.ingest.source.layout;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.OciDocuments;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** The files of an image in a folder or in a tar, by their relative paths. */
public interface LayoutFiles extends Closeable {
  /**
   * The size of a file in bytes.
   *
   * @param what the file for messages
   * @throws RejectedException {@link Reason#NOT_FOUND}
   */
  long size(String path, String what) throws RejectedException, IOException;

  /** Opens a file; the caller closes it. Safe for several threads. */
  InputStream open(String path, String what) throws RejectedException, IOException;

  /**
   * A JSON document of at most 4 MiB.
   *
   * @throws RejectedException {@link Reason#NOT_FOUND}, {@link Reason#MANIFEST_TOO_LARGE}
   */
  default byte[] readDocument(String path, String what) throws RejectedException, IOException {
    try (InputStream in = open(path, what)) {
      byte[] bytes = in.readNBytes(OciDocuments.MAX_MANIFEST_BYTES + 1);
      if (bytes.length > OciDocuments.MAX_MANIFEST_BYTES) {
        throw new RejectedException(
            Reason.MANIFEST_TOO_LARGE,
            String.format(
                "reading %s: found more than %s bytes (4 MiB), expected fewer; make the"
                    + " document smaller",
                what, OciDocuments.MAX_MANIFEST_BYTES));
      }
      return bytes;
    }
  }

  /** Says that a file is missing. */
  static RejectedException missing(String what) {
    return new RejectedException(
        Reason.NOT_FOUND,
        String.format(
            "reading %s: found no such file, expected it in the image; write the image again",
            what));
  }
}
