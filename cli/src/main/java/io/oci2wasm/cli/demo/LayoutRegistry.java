package io.oci2wasm.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.ingest.source.layout.LayoutFiles;
import io.oci2wasm.ingest.source.layout.LayoutSource;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A registry that serves one OCI layout, read only, on this machine: the two GET endpoints of
 * distribution-spec 1.1 ("Pull") that fetching an image needs. Tags are the layout's names.
 */
public final class LayoutRegistry implements AutoCloseable {
  private static final Pattern PATH =
      Pattern.compile("/v2/(?<repository>.+)/(?<kind>manifests|blobs)/(?<reference>[^/]+)");

  private final LayoutFiles layout;
  private final String repository;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private LayoutRegistry(LayoutFiles layout, String repository) throws IOException {
    this.layout = layout;
    this.repository = repository;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  /** Serves {@code layout} as {@code repository} on a free port until closed. */
  public static LayoutRegistry start(LayoutFiles layout, String repository) throws IOException {
    LayoutRegistry registry = new LayoutRegistry(layout, repository);
    registry.server.setExecutor(registry.threads);
    registry.server.createContext("/", registry::answer);
    registry.server.start();
    return registry;
  }

  /** {@code HOST:PORT}, as in image references. */
  public String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** The image a tag names. */
  public Descriptor resolve(String tag) throws RejectedException, IOException {
    return new LayoutSource(layout, tag, "layout").root();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
      if (!exchange.getRequestMethod().equals("GET")) {
        refuse(exchange, 405, "UNSUPPORTED");
      } else if (!path.matches() || !path.group("repository").equals(repository)) {
        refuse(exchange, 404, "NAME_UNKNOWN");
      } else if (path.group("kind").equals("manifests")) {
        sendManifest(exchange, path.group("reference"));
      } else {
        sendBlob(exchange, path.group("reference"));
      }
    }
  }

  private void sendManifest(HttpExchange exchange, String reference) throws IOException {
    byte[] bytes;
    Sha256Digest digest;
    try {
      digest =
          reference.startsWith("sha256:")
              ? Sha256Digest.parse(reference)
              : resolve(reference).digest();
      bytes = layout.readDocument(blobPath(digest), reference);
    } catch (RejectedException | IllegalArgumentException e) {
      refuse(exchange, 404, "MANIFEST_UNKNOWN");
      return;
    }
    String mediaType = Json.MAPPER.readTree(bytes).path("mediaType").asText();
    exchange.getResponseHeaders().set("Content-Type", mediaType);
    exchange.getResponseHeaders().set("Docker-Content-Digest", digest.toString());
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void sendBlob(HttpExchange exchange, String reference) throws IOException {
    try {
      String path = blobPath(Sha256Digest.parse(reference));
      long size = layout.size(path, reference);
      try (InputStream blob = layout.open(path, reference)) {
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, size);
        blob.transferTo(exchange.getResponseBody());
      }
    } catch (RejectedException | IllegalArgumentException e) {
      refuse(exchange, 404, "BLOB_UNKNOWN");
    }
  }

  private static String blobPath(Sha256Digest digest) {
    return "blobs/sha256/" + digest.hex();
  }

  /** An error as the specification has it ("Error Codes"). */
  private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
    byte[] body = ("{\"errors\":[{\"code\":\"" + code + "\"}]}").getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
