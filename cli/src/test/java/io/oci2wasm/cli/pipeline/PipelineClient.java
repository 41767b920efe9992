package io.oci2wasm.cli.pipeline;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.cli.remote.GatewayClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What registries and people do with a pipeline. */
final class PipelineClient {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Set<String> ENDED = Set.of("built", "skipped", "failed", "removed");

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI address;
  private final String secret;

  PipelineClient(URI address, String secret) {
    this.address = address;
    this.secret = secret;
  }

  /** What Distribution sends when a manifest is pushed. */
  static String notification(String registry, String repository, Descriptor manifest)
      throws IOException {
    return notification(registry, repository, manifest, "1");
  }

  /** The same with another tag, or with none, as where a manifest is pushed by its digest. */
  static String notification(
      String registry, String repository, Descriptor manifest, @Nullable String tag)
      throws IOException {
    Map<String, String> target = new HashMap<>();
    target.put("mediaType", manifest.mediaType());
    target.put("digest", manifest.digest().toString());
    target.put("repository", repository);
    if (tag != null) {
      target.put("tag", tag);
    }
    return Json.MAPPER.writeValueAsString(
        Map.of(
            "events",
            List.of(
                Map.of(
                    "id",
                    UUID.randomUUID().toString(),
                    "timestamp",
                    Instant.now().toString(),
                    "action",
                    "push",
                    "target",
                    target,
                    "request",
                    Map.of("host", registry)))));
  }

  HttpResponse<String> notify(String body, @Nullable String authorization) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve("/webhooks/distribution"))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Announces a push, and waits until each of its platforms has ended. */
  List<JsonNode> push(TestRegistry registry, String repository, Descriptor manifest)
      throws Exception {
    return push(registry, repository, manifest, "1");
  }

  /** The same with another tag, or with none. */
  List<JsonNode> push(
      TestRegistry registry, String repository, Descriptor manifest, @Nullable String tag)
      throws Exception {
    int before = conversions(repository).size();
    String body = notification(registry.host(), repository, manifest, tag);
    HttpResponse<String> response = notify(body, "Bearer " + secret);
    if (response.statusCode() != 202) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return await()
        .atMost(PATIENCE)
        .until(
            () -> {
              List<JsonNode> all = conversions(repository);
              return haveEnded(all) ? all : List.<JsonNode>of();
            },
            ended -> ended.size() > before);
  }

  /** Whether no more comes of these: of one request, platforms may be told of one by one. */
  boolean haveEnded(List<JsonNode> conversions) throws Exception {
    for (JsonNode one : conversions) {
      if (!ENDED.contains(text(one, "state")) || !hasEnded(text(one, "requestId"))) {
        return false;
      }
    }
    return true;
  }

  private boolean hasEnded(String request) throws Exception {
    return Json.MAPPER
        .readTree(get("/api/v1/requests/" + request).body())
        .path("ended")
        .asBoolean();
  }

  /** The first page of the dead letters that a query asks for, such as {@code state=open}. */
  JsonNode deadLetters(String query) throws Exception {
    return Json.MAPPER.readTree(get("/api/v1/dead-letters?" + query).body()).path("items");
  }

  /**
   * Waits until it is known that each stage began with what became built: that is told beside the
   * outcomes, and may be known after them.
   */
  void awaitStages(JsonNode built) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              List<String> states = new ArrayList<>();
              for (String path :
                  List.of(
                      "/api/v1/requests/" + text(built, "requestId"),
                      "/api/v1/conversions/" + text(built, "id"))) {
                JsonNode history = Json.MAPPER.readTree(get(path).body()).path("history");
                states.addAll(history.findValuesAsText("state"));
              }
              return states.containsAll(List.of("ingesting", "resolving", "building"));
            });
  }

  /** A repository's conversions, newest first. */
  List<JsonNode> conversions(String repository) throws Exception {
    JsonNode page =
        Json.MAPPER.readTree(get("/api/v1/conversions?repository=" + repository).body());
    List<JsonNode> items = new ArrayList<>();
    page.path("items").forEach(items::add);
    return items;
  }

  /** What a run of retention reports, when it is done. */
  JsonNode gc(boolean dryRun) throws Exception {
    GatewayClient api = new GatewayClient(address, null, null);
    JsonNode run = api.post("/api/v1/gc", Map.of("dryRun", dryRun));
    String path = "/api/v1/gc/" + text(run, "id");
    while (text(run, "state").equals("running")) {
      Thread.sleep(20);
      run = api.get(path, Map.of());
    }
    if (!text(run, "state").equals("done")) {
      throw new AssertionError(run.toString());
    }
    return run.path("report");
  }

  /** Whether every part works, and what the topics hold is read to the end. */
  boolean isUp() throws Exception {
    return get("/health/ready").body().contains("\"status\":\"up\"");
  }

  HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(address.resolve(path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<byte[]> bundle(String conversionId) throws Exception {
    return http.send(
        HttpRequest.newBuilder(address.resolve("/api/v1/bundles/" + conversionId)).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** The same otherwise, with headers as names and values. */
  HttpResponse<byte[]> bundle(String method, String conversionId, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve("/api/v1/bundles/" + conversionId))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  static String text(JsonNode node, String member) {
    return node.path(member).asText();
  }
}
