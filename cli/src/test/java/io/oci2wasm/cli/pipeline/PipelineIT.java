package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.converter.provenance.Statement;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a registry's webhook to the bundle, through real Kafka and S3 servers. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class PipelineIT {
  private static final String SECRET = "correct-horse";

  @TempDir private static Path directory;
  private static Pipeline pipeline;
  private static TestRegistry registry;
  private static PipelineClient client;
  private static ObjectStore store;

  @BeforeAll
  static void start() throws Exception {
    registry = TestRegistry.start();
    Path secret = Files.writeString(directory.resolve("secret"), SECRET + "\n");
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0).withWebhookSecret(secret))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host()))),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), SECRET);
    store = ObjectStore.open(pipeline.store());
  }

  @AfterAll
  static void stop() {
    store.close();
    pipeline.close();
    registry.close();
  }

  @Test
  void shouldBuildOneBundleForEachConvertiblePlatformOfAnIndex() throws Exception {
    SampleImage sample = new SampleImage(registry, "team/index");
    Descriptor convertible = sample.image("riscv64", "index");
    Descriptor other = sample.image("s390x", "index");
    Descriptor index = sample.index(convertible, other, sample.attestation());

    List<JsonNode> conversions = client.push(registry, "team/index", index);

    assertThat(conversions)
        .extracting(c -> text(c, "platform"), c -> text(c, "state"), c -> text(c, "reason"))
        .containsExactlyInAnyOrder(
            tuple("linux/riscv64", "built", ""), tuple("linux/s390x", "skipped", "no-engine"));
    JsonNode built = withState(conversions, "built");
    assertThat(text(built, "manifestDigest")).isEqualTo(convertible.digest().toString());
    HttpResponse<byte[]> module = client.bundle(text(built, "conversionId"));
    assertThat(module.headers().firstValue("Content-Type")).contains("application/wasm");
    String recipe = text(built.path("recipe"), "digest");
    assertThat(module.headers().firstValue("ETag")).contains("\"" + recipe + "\"");
    assertThat(module.headers().firstValue("Repr-Digest")).isEmpty();
    assertThat(built.path("bundle").path("size").asInt()).isEqualTo(module.body().length);
    assertThat(built.path("bundle")).hasSize(1);
    assertThat(keys("bundles/" + text(built, "conversionId") + "/"))
        .extracting(key -> key.substring(key.lastIndexOf('/') + 1))
        .containsExactly(
            "bundle.json", "module.json", "provenance.json", "recipe.json", "sbom.cdx.json");
    String id = text(built, "conversionId");
    assertThat(header(client.bundle("HEAD", id), "Repr-Digest"))
        .isEqualTo(
            "sha-256=:"
                + Base64.getEncoder()
                    .encodeToString(HexFormat.of().parseHex(Sha256Digest.of(module.body()).hex()))
                + ":");
    assertProvenance(id + "/provenance", Sha256Digest.parse(recipe), convertible.digest());
    assertProvenance(
        id + "/provenance/module", Sha256Digest.of(module.body()), convertible.digest());
    assertSbom(id, convertible.digest());
  }

  private static void assertSbom(String id, Sha256Digest image) throws Exception {
    HttpResponse<String> answer = client.get("/api/v1/bundles/" + id + "/sbom");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("application/vnd.cyclonedx+json");
    JsonNode sbom = Json.MAPPER.readTree(answer.body());
    assertThat(text(sbom.path("metadata").path("component"), "version"))
        .isEqualTo(image.toString());
    assertThat(sbom.path("components")).anyMatch(one -> text(one, "name").equals("Linux"));
  }

  @Test
  void shouldConvertNothingWhenTheSameImageIsPushedAgain() throws Exception {
    Descriptor image = new SampleImage(registry, "team/again").image("riscv64", "again");
    JsonNode first = client.push(registry, "team/again", image).get(0);
    String layer = "/v2/team/again/blobs/" + SampleImage.layer().digest();

    List<JsonNode> both = client.push(registry, "team/again", image);

    assertThat(both)
        .extracting(c -> text(c, "state"), c -> text(c, "reused"), c -> text(c, "conversionId"))
        .containsExactly(
            tuple("built", "true", text(first, "conversionId")),
            tuple("built", "false", text(first, "conversionId")));
    assertThat(blobRequests("team/again")).containsOnlyOnce(layer);
  }

  @Test
  void shouldServeABundleInPieces() throws Exception {
    Descriptor image = new SampleImage(registry, "team/pieces").image("riscv64", "pieces");
    String id = text(client.push(registry, "team/pieces", image).get(0), "conversionId");
    byte[] whole = client.bundle(id).body();
    String tag = header(client.bundle(id), "ETag");

    HttpResponse<byte[]> head = client.bundle("HEAD", id);
    HttpResponse<byte[]> piece = client.bundle("GET", id, "Range", "bytes=100-199");
    HttpResponse<byte[]> end = client.bundle("GET", id, "Range", "bytes=-5", "If-Range", tag);
    HttpResponse<byte[]> other =
        client.bundle("GET", id, "Range", "bytes=0-5", "If-Range", "\"x\"");
    HttpResponse<byte[]> beyond = client.bundle("GET", id, "Range", "bytes=" + whole.length + "-");
    HttpResponse<byte[]> known = client.bundle("GET", id, "If-None-Match", "\"x\", W/" + tag);

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(header(head, "Content-Length")).isEqualTo(Integer.toString(whole.length));
    assertThat(header(head, "Content-Type")).isEqualTo("application/wasm");
    assertThat(header(head, "ETag")).isEqualTo(tag).startsWith("\"sha256:");
    assertThat(header(head, "Content-Disposition"))
        .isEqualTo(
            "attachment; filename=\"bundle-" + id.substring(0, 12) + "-linux-riscv64.wasm\"");
    assertThat(piece.statusCode()).isEqualTo(206);
    assertThat(piece.body()).isEqualTo(Arrays.copyOfRange(whole, 100, 200));
    assertThat(header(piece, "Content-Range")).isEqualTo("bytes 100-199/" + whole.length);
    assertThat(end.statusCode()).isEqualTo(206);
    assertThat(end.body()).isEqualTo(Arrays.copyOfRange(whole, whole.length - 5, whole.length));
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(other.body()).isEqualTo(whole);
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(header(beyond, "Content-Range")).isEqualTo("bytes */" + whole.length);
    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(client.bundle("HEAD", "0".repeat(64)).statusCode()).isEqualTo(404);
  }

  @Test
  void shouldServeABundleAsTwoFiles() throws Exception {
    Descriptor image = new SampleImage(registry, "team/split").image("riscv64", "split");
    String id = text(client.push(registry, "team/split", image).get(0), "conversionId");
    byte[] whole = client.bundle(id).body();
    String tag = header(client.bundle("HEAD", id + "/split"), "ETag");
    String name = "bundle-" + id.substring(0, 12) + "-linux-riscv64";

    HttpResponse<byte[]> module = client.bundle("GET", id + "/split");
    HttpResponse<byte[]> data = client.bundle("GET", id + "/data");
    HttpResponse<byte[]> head = client.bundle("HEAD", id + "/data");
    HttpResponse<byte[]> piece =
        client.bundle("GET", id + "/data", "Range", "bytes=100-199", "If-Range", tag);
    HttpResponse<byte[]> other =
        client.bundle("GET", id + "/data", "Range", "bytes=0-5", "If-Range", "\"x\"");
    HttpResponse<byte[]> begin = client.bundle("GET", id + "/split", "Range", "bytes=0-7");
    HttpResponse<byte[]> beyond =
        client.bundle("GET", id + "/data", "Range", "bytes=" + data.body().length + "-");
    HttpResponse<byte[]> known = client.bundle("GET", id + "/data", "If-None-Match", tag);
    String recipe = id + "/data?recipe=" + tag.replace("\"", "");
    HttpResponse<byte[]> same = client.bundle("GET", recipe, "Range", "bytes=0-5");
    HttpResponse<byte[]> replaced = client.bundle("GET", recipe.replaceFirst(".$", "x"));

    // Caches that have files of an earlier way to split must not take them for these.
    assertThat(tag)
        .isEqualTo(header(client.bundle("HEAD", id), "ETag").replaceFirst("\"$", ".2\""));
    assertThat(same.statusCode()).isEqualTo(206);
    assertThat(replaced.statusCode()).isEqualTo(404);
    assertThat(new String(replaced.body(), StandardCharsets.UTF_8))
        .contains("bundle " + id + ": found one of the recipe " + tag.replace("\"", ""));
    assertThat(module.statusCode()).isEqualTo(200);
    assertThat(header(module, "ETag")).isEqualTo(tag);
    assertThat(header(module, "Content-Type")).isEqualTo("application/wasm");
    assertThat(header(module, "Content-Disposition"))
        .isEqualTo("attachment; filename=\"" + name + ".wasm\"");
    assertThat(new String(module.body(), StandardCharsets.UTF_8))
        .contains(",\"data\":{\"file\":\"" + name + ".data\",\"size\":" + data.body().length + ",");
    assertThat(header(data, "ETag")).isEqualTo(tag);
    assertThat(header(data, "Content-Type")).isEqualTo("application/octet-stream");
    assertThat(header(data, "Content-Disposition"))
        .isEqualTo("attachment; filename=\"" + name + ".data\"");
    // All frames are in the one file and none in the other.
    assertThat(data.body().length).isGreaterThan(100_000);
    byte[] frames = Arrays.copyOf(data.body(), data.body().length - 40);
    assertThat(indexOf(whole, frames)).isPositive();
    assertThat(indexOf(module.body(), Arrays.copyOf(frames, 1000))).isNegative();
    assertThat(head.body()).isEmpty();
    assertThat(header(head, "Content-Length")).isEqualTo(Integer.toString(data.body().length));
    assertThat(header(head, "Accept-Ranges")).isEqualTo("bytes");
    assertThat(piece.statusCode()).isEqualTo(206);
    assertThat(piece.body()).isEqualTo(Arrays.copyOfRange(data.body(), 100, 200));
    assertThat(header(piece, "ETag")).isEqualTo(tag);
    assertThat(header(piece, "Content-Range")).isEqualTo("bytes 100-199/" + data.body().length);
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(other.body()).isEqualTo(data.body());
    assertThat(begin.body()).isEqualTo(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(known.statusCode()).isEqualTo(304);
    for (String path : List.of("/split", "/data")) {
      assertThat(client.bundle("HEAD", "0".repeat(64) + path).statusCode()).isEqualTo(404);
    }
  }

  /** Where the bytes begin that are in {@code all}; negative if they are not. */
  private static int indexOf(byte[] all, byte[] part) {
    String text = new String(all, StandardCharsets.ISO_8859_1);
    return text.indexOf(new String(part, StandardCharsets.ISO_8859_1));
  }

  /** Neither are wrong bytes sent, nor does the download look whole. */
  @Test
  void shouldBreakADownloadWhoseLayerIsDamagedOrGone() throws Exception {
    Descriptor image = new SampleImage(registry, "team/damaged").image("riscv64", "damaged");
    String id = text(client.push(registry, "team/damaged", image).get(0), "conversionId");
    byte[] whole = client.bundle(id).body();
    byte[] split = client.bundle("GET", id + "/split").body();
    Recipe recipe =
        Recipe.parse(store.bytes(ObjectKeys.bundleRecipe(id), Recipe.MAX_BYTES).orElseThrow());
    String layer =
        recipe.objects().stream()
            .filter(key -> key.startsWith("layers/"))
            .findFirst()
            .orElseThrow();
    // The layer's frames come behind these.
    long metadata =
        recipe.pieces().stream()
            .filter(
                piece ->
                    piece instanceof Piece.Stored stored
                        && ObjectKeys.isRootfsMetadata(stored.object()))
            .mapToLong(Piece::sizeBytes)
            .sum();
    byte[] content = store.bytes(layer, 1 << 20).orElseThrow();
    byte[] damaged = content.clone();
    damaged[content.length / 2] ^= 1;
    try {
      store.put(layer, damaged);
      assertThatThrownBy(() -> client.bundle(id)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> client.bundle("GET", id + "/data")).isInstanceOf(IOException.class);
      store.inventory().delete(layer);
      assertThatThrownBy(() -> client.bundle(id)).isInstanceOf(IOException.class);
      // Here nothing has been sent yet.
      String range = "bytes=" + metadata + "-" + (metadata + 99);
      HttpResponse<byte[]> gone = client.bundle("GET", id + "/data", "Range", range);
      assertThat(gone.statusCode()).isEqualTo(500);
      assertThat(gone.headers().map()).doesNotContainKeys("etag", "cache-control");
      // What does not touch the layer is sent.
      assertThat(client.bundle("GET", id + "/split").body()).isEqualTo(split);
      assertThat(client.bundle("GET", id, "Range", "bytes=0-99").body())
          .isEqualTo(Arrays.copyOf(whole, 100));
    } finally {
      store.put(layer, content);
    }

    assertThat(client.bundle(id).body()).isEqualTo(whole);
  }

  @Test
  void shouldFreeWhatADownloadTakesWhenItsClientGoesAway() throws Exception {
    Descriptor image = new SampleImage(registry, "team/away").image("riscv64", "away");
    String id = text(client.push(registry, "team/away", image).get(0), "conversionId");
    byte[] whole = client.bundle(id).body();
    HttpRequest request =
        HttpRequest.newBuilder(pipeline.address().resolve("/api/v1/bundles/" + id)).build();

    // More than the gateway has connections to the store.
    for (int i = 0; i < 70; i++) {
      HttpResponse<InputStream> response =
          HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        assertThat(body.readNBytes(1000)).hasSize(1000);
      }
    }

    assertThat(client.bundle(id).body()).isEqualTo(whole);
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("none");
  }

  @Test
  void shouldCountAWebhookThatIsDeliveredTwiceOnce() throws Exception {
    Descriptor image = new SampleImage(registry, "team/twice").image("riscv64", "twice");
    String body = PipelineClient.notification(registry.host(), "team/twice", image);
    client.notify(body, "Bearer " + SECRET);
    client.notify(body, "Bearer " + SECRET);

    List<JsonNode> all = client.push(registry, "team/twice", image);

    assertThat(all).hasSize(2).allMatch(c -> text(c, "state").equals("built"));
  }

  @Test
  void shouldRefuseAWebhookWithoutTheSecretAndQueueNothing() throws Exception {
    Descriptor image = new SampleImage(registry, "team/secret").image("riscv64", "secret");
    String body = PipelineClient.notification(registry.host(), "team/secret", image);

    List<Integer> statuses =
        List.of(
            client.notify(body, null).statusCode(),
            client.notify(body, "Bearer wrong").statusCode(),
            client.notify(body, "Basic " + SECRET).statusCode());

    assertThat(statuses).containsOnly(401);
    Thread.sleep(500);
    assertThat(client.conversions("team/secret")).isEmpty();
    assertThat(blobRequests("team/secret")).isEmpty();
  }

  @Test
  void shouldContactNoRegistryThatIsNotAllowed() throws Exception {
    try (TestRegistry stranger = TestRegistry.start()) {
      Descriptor image = new SampleImage(stranger, "team/stranger").image("riscv64", "stranger");

      List<JsonNode> conversions = client.push(stranger, "team/stranger", image);

      assertThat(conversions)
          .extracting(c -> text(c, "state"), c -> text(c, "reason"))
          .containsExactly(tuple("failed", "registry-not-allowed"));
      assertThat(stranger.requests()).isEmpty();
    }
  }

  @Test
  void shouldAnswerProblemsForWhatIsNotThere() throws Exception {
    HttpResponse<String> conversion = client.get("/api/v1/conversions/none");
    HttpResponse<String> bundle = client.get("/api/v1/bundles/" + "0".repeat(64));
    HttpResponse<String> provenance =
        client.get("/api/v1/bundles/" + "0".repeat(64) + "/provenance");
    HttpResponse<String> sbom = client.get("/api/v1/bundles/" + "0".repeat(64) + "/sbom");
    HttpResponse<String> nowhere = client.get("/nowhere");

    assertThat(List.of(conversion, bundle, provenance, sbom, nowhere))
        .allSatisfy(
            response -> {
              assertThat(response.statusCode()).isEqualTo(404);
              assertThat(response.headers().firstValue("Content-Type"))
                  .contains("application/problem+json");
              assertThat(response.body()).contains("\"status\":404", "\"detail\":");
            });
  }

  @Test
  void shouldShowMetricsAndHealth() throws Exception {
    HttpResponse<String> metrics = client.get("/metrics");

    assertThat(metrics.body()).contains("oci2wasm_tasks_running").doesNotContain(SECRET);
    // Not before the gateway has read what the topics hold.
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> {
              HttpResponse<String> ready = client.get("/health/ready");
              assertThat(ready.statusCode()).isEqualTo(200);
              assertThat(ready.body()).isEqualTo("{\"status\":\"up\"}");
            });
  }

  private static void assertProvenance(String path, Sha256Digest subject, Sha256Digest manifest)
      throws Exception {
    HttpResponse<String> response = client.get("/api/v1/bundles/" + path);
    assertThat(response.headers().firstValue("Content-Type")).contains(Statement.MEDIA_TYPE);
    Statement statement = Statement.parse(response.body().getBytes(StandardCharsets.UTF_8));
    assertThat(statement.isAbout(subject)).isTrue();
    assertThat(statement.toJson()).isEqualTo(response.body().getBytes(StandardCharsets.UTF_8));
    assertThat(statement.predicate().buildDefinition().externalParameters().image())
        .isEqualTo(manifest);
    // Repositories that share the conversion read the same statement.
    assertThat(response.body()).doesNotContain("team/", registry.host());
  }

  private static JsonNode withState(List<JsonNode> conversions, String state) {
    return conversions.stream()
        .filter(c -> text(c, "state").equals(state))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> keys(String prefix) throws Exception {
    return store.list(prefix).stream().map(ObjectInfo::key).toList();
  }

  private static List<String> blobRequests(String repository) {
    return registry.requests().stream()
        .filter(path -> path.startsWith("/v2/" + repository + "/blobs/"))
        .toList();
  }
}
