package io.oci2wasm.cli.demo;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.layout.LayoutFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;

/** An OCI layout among the resources of this program. */
final class ClasspathLayout implements LayoutFiles {
  private final String folder;

  /** {@code folder} is absolute and without a slash at its end, e.g. {@code /sample}. */
  ClasspathLayout(String folder) {
    this.folder = folder;
  }

  @Override
  public long size(String path, String what) throws RejectedException, IOException {
    URLConnection connection = existing(path, what).openConnection();
    // Without this the connection would keep its jar open.
    connection.setUseCaches(false);
    try (InputStream opened = connection.getInputStream()) {
      return opened == null ? 0 : connection.getContentLengthLong();
    }
  }

  @Override
  public InputStream open(String path, String what) throws RejectedException, IOException {
    return existing(path, what).openStream();
  }

  private URL existing(String path, String what) throws RejectedException {
    URL resource = ClasspathLayout.class.getResource(folder + "/" + path);
    if (resource == null) {
      throw LayoutFiles.missing(what);
    }
    return resource;
  }

  @Override
  public void close() {}
}
