package io.oci2wasm.ingest.source.layout;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** An OCI layout as a folder. */
public final class LayoutFolder implements LayoutFiles {
  private final Path folder;

  public LayoutFolder(Path folder) {
    this.folder = folder;
  }

  @Override
  public long size(String path, String what) throws RejectedException, IOException {
    return Files.size(existing(path, what));
  }

  @Override
  public InputStream open(String path, String what) throws RejectedException, IOException {
    return Files.newInputStream(existing(path, what));
  }

  private Path existing(String path, String what) throws RejectedException {
    Path file = folder.resolve(path);
    if (!Files.isRegularFile(file)) {
      throw LayoutFiles.missing(what);
    }
    return file;
  }

  @Override
  public void close() {}
}
