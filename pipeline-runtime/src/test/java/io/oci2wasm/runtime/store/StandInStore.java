package io.oci2wasm.runtime.store;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.runtime.config.ByteSize;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A server that answers as a test wants, and the store that asks it. */
final class StandInStore implements AutoCloseable {
  private final HttpServer server;
  private final ObjectStore store;

  private StandInStore(HttpServer server, ObjectStore store) {
    this.server = server;
    this.store = store;
  }

  /** {@code path} is where the store's address ends; a file of secrets goes to {@code folder}. */
  static StandInStore open(HttpHandler answers, String path, int partSize, Path folder)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", answers);
    server.start();
    Path secret = Files.writeString(folder.resolve("secret"), "secret");
    return new StandInStore(
        server,
        ObjectStore.open(
            new StoreConfig(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path),
                "us-east-1",
                "bucket",
                true,
                secret,
                secret,
                new ByteSize(partSize),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60))));
  }

  ObjectStore store() {
    return store;
  }

  @Override
  public void close() {
    store.close();
    server.stop(0);
  }
}
