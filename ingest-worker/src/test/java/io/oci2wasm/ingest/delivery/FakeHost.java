package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.oci2wasm.api.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A host with objects and, as a registry that lists referrers, what was pushed. It remembers every
 * request that writes. Thread-safe.
 */
final class FakeHost implements HttpHandler {
  private static final String UPLOADS = "/blobs/uploads/";

  private final Map<String, String> types = new ConcurrentHashMap<>();
  private final Map<String, byte[]> contents = new ConcurrentHashMap<>();
  private final List<String> written = new CopyOnWriteArrayList<>();

  void has(String path, String mediaType, byte[] bytes) {
    types.put(path, mediaType);
    contents.put(path, bytes);
  }

  void lacks(String path) {
    contents.remove(path);
  }

  /** Method and path of every request that writes, in order. */
  List<String> written() {
    return written;
  }

  /** What lies at a path. */
  byte[] content(String path) {
    return Objects.requireNonNull(contents.get(path), path);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      String path = exchange.getRequestURI().getPath();
      byte[] body = exchange.getRequestBody().readAllBytes();
      switch (method) {
        case "POST" -> {
          written.add(method + " " + path);
          exchange.getResponseHeaders().set("Location", path + "1");
          exchange.sendResponseHeaders(202, -1);
        }
        case "PUT" -> {
          written.add(method + " " + path);
          put(exchange, path, body);
        }
        default -> get(exchange, path, method.equals("HEAD"));
      }
    }
  }

  private void put(HttpExchange exchange, String path, byte[] body) throws IOException {
    if (path.contains(UPLOADS)) {
      String digest = exchange.getRequestURI().getQuery().replaceFirst("^digest=", "");
      has(path.replaceFirst(UPLOADS + ".*", "/blobs/") + digest, "application/octet-stream", body);
    } else {
      has(path, exchange.getRequestHeaders().getFirst("Content-Type"), body);
      String subject = Json.MAPPER.readTree(body).path("subject").path("digest").asText();
      if (!subject.isEmpty()) {
        exchange.getResponseHeaders().set("OCI-Subject", subject);
      }
    }
    exchange.sendResponseHeaders(201, -1);
  }

  private void get(HttpExchange exchange, String path, boolean head) throws IOException {
    if (path.contains("/referrers/")) {
      has(path, "application/vnd.oci.image.index.v1+json", "{\"manifests\":[]}".getBytes(UTF_8));
    }
    byte[] found = contents.get(path);
    if (found == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", types.get(path));
    exchange.getResponseHeaders().set("ETag", "\"" + found.length + "\"");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(found.length));
      exchange.sendResponseHeaders(200, -1);
    } else {
      exchange.sendResponseHeaders(200, found.length);
      exchange.getResponseBody().write(found);
    }
  }
}
