package io.oci2wasm.cli.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A registry in memory (distribution-spec 1.1, "Pull" and "Push"): a blob is served only in the
 * repositories it was put into. Whatever is pushed is listed among its subject's referrers.
 */
final class TestRegistry implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> content = new ConcurrentHashMap<>();
  private final Map<String, String> mediaTypes = new ConcurrentHashMap<>();
  private final Map<String, Runnable> onceRead = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> pushes = new CopyOnWriteArrayList<>();
  private volatile int refusal;

  /** What is asked for a token, and the token; null lets everyone pull. */
  private volatile @Nullable Guard guard;

  private record Guard(String basic, String token) {}

  private TestRegistry(HttpServer server) {
    this.server = server;
  }

  static TestRegistry start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    TestRegistry registry = new TestRegistry(server);
    server.createContext("/v2/", registry::answer);
    server.createContext("/token", registry::sellToken);
    server.start();
    return registry;
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Puts a blob into a repository. */
  Descriptor blob(String repository, String mediaType, byte[] bytes) {
    Sha256Digest digest = Sha256Digest.of(bytes);
    content.put("/v2/" + repository + "/blobs/" + digest, bytes);
    return new Descriptor(mediaType, digest, bytes.length);
  }

  /** Puts a manifest or index into a repository, under its digest. */
  Descriptor manifest(String repository, String mediaType, Map<String, ?> document)
      throws IOException {
    byte[] bytes = Json.MAPPER.writeValueAsBytes(document);
    Sha256Digest digest = Sha256Digest.of(bytes);
    String path = "/v2/" + repository + "/manifests/" + digest;
    content.put(path, bytes);
    mediaTypes.put(path, mediaType);
    return new Descriptor(mediaType, digest, bytes.length);
  }

  /** Lets a tag name a manifest of the same repository. */
  void tag(String repository, String tag, Descriptor manifest) {
    String path = "/v2/" + repository + "/manifests/";
    mediaTypes.put(path + tag, manifest.mediaType());
    content.put(path + tag, requireNonNull(content.get(path + manifest.digest())));
  }

  /** Moves a tag to another manifest as soon as it was asked for once. */
  void moveOnceRead(String repository, String tag, Descriptor manifest) {
    onceRead.put("/v2/" + repository + "/manifests/" + tag, () -> tag(repository, tag, manifest));
  }

  /** From now on other bytes are served in place of a blob. */
  void corrupt(String repository, Sha256Digest digest, byte[] bytes) {
    content.put("/v2/" + repository + "/blobs/" + digest, bytes);
  }

  void forget(String repository, Sha256Digest digest) {
    content.remove("/v2/" + repository + "/blobs/" + digest);
  }

  /** From now on a token is needed, which is had for Basic credentials. */
  void guard(String basic, String token) {
    guard = new Guard(basic, token);
  }

  private void sellToken(HttpExchange exchange) throws IOException {
    try (exchange) {
      Guard now = guard;
      if (now == null || !isAuthorized(exchange, "Basic " + now.basic())) {
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      byte[] answer = ("{\"token\":\"" + now.token() + "\"}").getBytes(UTF_8);
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private static boolean isAuthorized(HttpExchange exchange, String expected) {
    return expected.equals(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  /** Paths asked for, in order. */
  List<String> requests() {
    return requests;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      requests.add(path);
      Guard now = guard;
      if (now != null && !isAuthorized(exchange, "Bearer " + now.token())) {
        exchange
            .getResponseHeaders()
            .set("WWW-Authenticate", "Bearer realm=\"http://" + host() + "/token\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      if (exchange.getRequestMethod().matches("POST|PUT")) {
        take(exchange, path);
        return;
      }
      byte[] bytes = content.get(path);
      Runnable change = onceRead.remove(path);
      if (change != null) {
        change.run();
      }
      if (bytes == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      exchange
          .getResponseHeaders()
          .set("Content-Type", mediaTypes.getOrDefault(path, "application/octet-stream"));
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /** From now on pushes are answered so; 0 takes them. */
  void refusePushes(int status) {
    refusal = status;
  }

  private void take(HttpExchange exchange, String path) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    pushes.add(exchange.getRequestMethod() + " " + path);
    if (refusal != 0) {
      exchange.sendResponseHeaders(refusal, -1);
      return;
    }
    if (exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Location", path + "1");
      exchange.sendResponseHeaders(202, -1);
      return;
    }
    String query = exchange.getRequestURI().getQuery();
    String place =
        query == null ? path : path.replace("uploads/1", query.substring("digest=".length()));
    content.put(place, body);
    if (query == null) {
      mediaTypes.put(place, exchange.getRequestHeaders().getFirst("Content-Type"));
      String subject = Json.MAPPER.readTree(body).path("subject").path("digest").asText();
      content.put(place.replaceAll("manifests/.*", "referrers/" + subject), "{}".getBytes(UTF_8));
      exchange.getResponseHeaders().set("OCI-Subject", subject);
    }
    exchange.sendResponseHeaders(201, -1);
  }

  /** Method and path of what was pushed, or refused, in order. */
  List<String> pushes() {
    return pushes;
  }

  /** What is under a path, as it was pushed. */
  byte[] pushed(String path) {
    return requireNonNull(content.get(path), path);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
