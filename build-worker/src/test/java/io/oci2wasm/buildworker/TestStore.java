package io.oci2wasm.buildworker;

import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;

/** A real S3 server with an empty bucket, and its client. */
public final class TestStore implements AutoCloseable {
  private final EmbeddedStore server;
  private final ObjectStore objects;

  /** Starts a server that keeps its data in {@code directory}. */
  public TestStore(Path directory) throws IOException {
    server = EmbeddedStore.start(directory.resolve("s3"));
    objects =
        ObjectStore.open(
            StoreConfig.DEFAULT.at(
                server.endpoint(), server.accessKeyIdFile(), server.secretAccessKeyFile()));
    objects.ensureBucket();
  }

  public ObjectStore objects() {
    return objects;
  }

  @Override
  public void close() throws IOException {
    objects.close();
    server.close();
  }
}
