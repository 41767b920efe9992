package io.oci2wasm.ingest.source.layout;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.OciDocuments;
import io.oci2wasm.ingest.source.ImageSource;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** An image in an OCI layout, wherever the layout's files are (image-spec 1.1, image-layout.md). */
public final class LayoutSource implements ImageSource {
  private static final String INDEX = "index.json";

  private final LayoutFiles files;
  private final @Nullable String tag;
  private final String name;
  private @Nullable Descriptor root;

  /**
   * An image of {@code files}, which are closed with this source.
   *
   * @param tag the image's name in the layout; null where the layout has one image
   * @param name the image as a user would write it
   */
  public LayoutSource(LayoutFiles files, @Nullable String tag, String name) {
    this.files = files;
    this.tag = tag;
    this.name = name;
  }

  @Override
  public synchronized Descriptor root() throws RejectedException, IOException {
    Descriptor found = root;
    if (found == null) {
      found = new LayoutIndex(name, files.readDocument(INDEX, describeFile(INDEX))).find(tag);
      root = found;
    }
    return found;
  }

  @Override
  public byte[] manifest(Descriptor descriptor) throws RejectedException, IOException {
    OciDocuments.checkSize(descriptor, descriptor.size());
    String path = path(descriptor.digest());
    byte[] bytes = files.readDocument(path, describeFile(path));
    OciDocuments.verify(descriptor, bytes);
    return bytes;
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws RejectedException, IOException {
    String path = path(descriptor.digest());
    long found = files.size(path, describeFile(path));
    if (found != descriptor.size()) {
      throw new RejectedException(
          Reason.DIGEST_MISMATCH,
          String.format(
              "reading %s: found %s bytes, expected %s as the manifest says; write the"
                  + " layout again",
              describeFile(path), found, descriptor.size()));
    }
    return files.open(path, describeFile(path));
  }

  private String describeFile(String path) {
    return path + " of " + name;
  }

  private static String path(Sha256Digest digest) {
    return "blobs/sha256/" + digest.hex();
  }

  @Override
  public String describe() {
    return name;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
