package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.ingest.delivery.DeliveryConfig;
import io.oci2wasm.ingest.delivery.SignerConfig;
import io.oci2wasm.runtime.work.WorkerConfig;
import io.oci2wasm.testsupport.TestPem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bundles go back to a registry with the referrers API. Against one without it, and as far as the
 * bundle's start, {@code .ci/pushback.sh} goes.
 */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class DeliveryIT {
  private static final String SECRET = "correct-horse";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private static Path directory;
  private static KeyPair keys;
  private static TestRegistry registry;
  private static Pipeline pipeline;
  private static PipelineClient client;

  @BeforeAll
  static void start() throws Exception {
    keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
    registry = TestRegistry.start();
    Path secret = Files.writeString(directory.resolve("secret"), SECRET + "\n");
    WorkerConfig quick =
        WorkerConfig.of(1)
            .retrying(Duration.ofMillis(200), Duration.ofMillis(500), Duration.ofMinutes(5));
    RegistriesConfig registries = RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host()));
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0).withWebhookSecret(secret))
                .with(registries)
                .with(
                    new DeliveryConfig(
                            List.of(new Glob(registry.host() + "/wanted/*")),
                            TestPem.file(directory.resolve("signing.pem"), keys),
                            SignerConfig.NONE,
                            null,
                            quick)
                        .tagging("{tag}-wasm")),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), SECRET);
  }

  @AfterAll
  static void stop() {
    pipeline.close();
    registry.close();
  }

  @Test
  void shouldPushTheBundleWithItsImageAsTheSubjectAndNoTag() throws Exception {
    Descriptor image = new SampleImage(registry, "wanted/app").image("riscv64", "delivered");

    JsonNode built = client.push(registry, "wanted/app", image).get(0);

    String path = manifest("wanted/app");
    JsonNode manifest = Json.MAPPER.readTree(registry.pushed(path));
    assertThat(path).endsWith(Sha256Digest.of(registry.pushed(path)).toString());
    assertThat(text(manifest.path("subject"), "digest")).isEqualTo(image.digest().toString());
    assertThat(manifest.path("subject").path("size").asLong()).isEqualTo(image.size());
    assertThat(text(manifest, "artifactType")).isEqualTo(MediaTypes.WASM_CONFIG);
    assertThat(text(manifest.path("config"), "mediaType")).isEqualTo(MediaTypes.OCI_CONFIG);
    JsonNode config =
        Json.MAPPER.readTree(
            registry.pushed("/v2/wanted/app/blobs/" + text(manifest.path("config"), "digest")));
    assertThat(text(config, "os") + "/" + text(config, "architecture")).isEqualTo("wasip1/wasm");
    assertThat(config.path("config").path("Entrypoint"))
        .extracting(JsonNode::asText)
        .containsExactly("/bundle.wasm");
    assertThat(config.path("rootfs").path("diff_ids").isArray()).isTrue();
    assertThat(config.path("rootfs").path("diff_ids")).isEmpty();
    assertThat(manifest.path("layers")).hasSize(1);
    assertThat(text(manifest.path("layers").get(0), "mediaType")).isEqualTo("application/wasm");
    JsonNode layer = manifest.path("layers").get(0);
    byte[] downloaded = client.bundle(text(built, "conversionId")).body();
    assertThat(text(layer, "digest")).isEqualTo(Sha256Digest.of(downloaded).toString());
    byte[] module = registry.pushed("/v2/wanted/app/blobs/" + text(layer, "digest"));
    assertThat(Sha256Digest.of(module).toString()).isEqualTo(text(layer, "digest"));
    assertThat(text(manifest.path("annotations"), "io.oci2wasm.conversion.id"))
        .isEqualTo(text(built, "conversionId"));
    assertThat(registry.pushes())
        .noneMatch(push -> push.contains("/manifests/sha256-" + image.digest().hex()));
  }

  /** As the DSSE and in-toto specifications say, without our own code for either. */
  @Test
  void shouldAttestTheProvenanceOnce() throws Exception {
    Descriptor image = new SampleImage(registry, "wanted/signed").image("riscv64", "signed");

    client.push(registry, "wanted/signed", image);

    Sha256Digest artifact = Sha256Digest.of(registry.pushed(manifest("wanted/signed")));
    JsonNode module = Json.MAPPER.readTree(registry.pushed(manifest("wanted/signed")));
    JsonNode layers = attestations("wanted/signed", artifact);
    JsonNode envelope = envelope(layers.get(0));
    byte[] payload = envelope.path("payload").binaryValue();
    String type = text(envelope, "payloadType");
    Signature verifying = Signature.getInstance("SHA256withECDSA");
    verifying.initVerify(keys.getPublic());
    verifying.update(
        ("DSSEv1 " + type.length() + " " + type + " " + payload.length + " ").getBytes(UTF_8));
    verifying.update(payload);
    assertThat(verifying.verify(envelope.path("signatures").get(0).path("sig").binaryValue()))
        .isTrue();
    JsonNode statement = Json.MAPPER.readTree(payload);
    assertThat(statement.path("subject"))
        .extracting(subject -> text(subject.path("digest"), "sha256"))
        .containsExactly(
            artifact.hex(),
            text(module.path("layers").get(0), "digest").substring("sha256:".length()));
    assertThat(text(statement, "predicateType")).isEqualTo("https://slsa.dev/provenance/v1");
    assertThat(
            text(
                statement.path("predicate").path("buildDefinition").path("externalParameters"),
                "image"))
        .isEqualTo(image.digest().toString());

    JsonNode sbom = Json.MAPPER.readTree(envelope(layers.get(1)).path("payload").binaryValue());
    assertThat(sbom.path("subject")).isEqualTo(statement.path("subject"));
    assertThat(text(sbom, "predicateType")).isEqualTo("https://cyclonedx.org/bom");
    assertThat(text(sbom.path("predicate"), "bomFormat")).isEqualTo("CycloneDX");
    assertThat(text(sbom.path("predicate").path("metadata").path("component"), "version"))
        .isEqualTo(image.digest().toString());

    int before = registry.pushes().size();
    client.push(registry, "wanted/signed", image);
    await()
        .atMost(PATIENCE)
        .until(() -> client.get("/metrics").body().contains("result=\"present\""));
    assertThat(registry.pushes()).hasSize(before);
  }

  private static JsonNode envelope(JsonNode layer) throws Exception {
    return Json.MAPPER.readTree(
        registry.pushed("/v2/wanted/signed/blobs/" + text(layer, "digest")));
  }

  /** The layers of the image of attestations, once they are there: provenance, materials. */
  private static JsonNode attestations(String repository, Sha256Digest artifact) throws Exception {
    String path = "/v2/" + repository + "/manifests/sha256-" + artifact.hex() + ".att";
    await().atMost(PATIENCE).until(() -> registry.pushes().contains("PUT " + path));
    JsonNode layers = Json.MAPPER.readTree(registry.pushed(path)).path("layers");
    assertThat(layers).hasSize(2);
    return layers;
  }

  /** What is under a tag of a repository, once it is there. */
  private static JsonNode tagged(String repository, String tag) throws Exception {
    String path = "/v2/" + repository + "/manifests/" + tag;
    await().atMost(PATIENCE).until(() -> registry.pushes().contains("PUT " + path));
    return Json.MAPPER.readTree(registry.pushed(path));
  }

  private static long puts(String repository, String tag) {
    String put = "PUT /v2/" + repository + "/manifests/" + tag;
    return registry.pushes().stream().filter(put::equals).count();
  }

  @Test
  void shouldTagTheBundleOfAnImageOnceAndAgainWhenTheTagMoves() throws Exception {
    Descriptor first = new SampleImage(registry, "wanted/tagged").image("riscv64", "tagged");
    registry.tag("wanted/tagged", "1", first);

    client.push(registry, "wanted/tagged", first);

    JsonNode image = tagged("wanted/tagged", "1-wasm");
    assertThat(text(image.path("subject"), "digest")).isEqualTo(first.digest().toString());
    assertThat(text(image.path("layers").get(0), "mediaType")).isEqualTo("application/wasm");

    Descriptor second = new SampleImage(registry, "wanted/tagged").image("riscv64", "moved");
    registry.tag("wanted/tagged", "1", second);
    client.push(registry, "wanted/tagged", second);
    await().atMost(PATIENCE).until(() -> puts("wanted/tagged", "1-wasm") == 2);
    assertThat(text(tagged("wanted/tagged", "1-wasm").path("subject"), "digest"))
        .isEqualTo(second.digest().toString());

    // The older image is delivered again, as after a replay: its tag is another's by now.
    client.push(registry, "wanted/tagged", first);
    client.push(registry, "wanted/tagged", second);
    await()
        .atMost(PATIENCE)
        .until(() -> client.get("/metrics").body().contains("result=\"present\""));
    Descriptor last = new SampleImage(registry, "wanted/last").image("riscv64", "last");
    registry.tag("wanted/last", "1", last);
    client.push(registry, "wanted/last", last);
    assertThat(tagged("wanted/last", "1-wasm")).isNotNull();
    assertThat(puts("wanted/tagged", "1-wasm")).isEqualTo(2);
  }

  @Test
  void shouldTagAnIndexOfTheBundlesOfAllPlatforms() throws Exception {
    SampleImage sample = new SampleImage(registry, "wanted/multi");
    Descriptor riscv64 = sample.image("riscv64", "multi");
    Descriptor amd64 = sample.image("amd64", "multi");
    Descriptor index = sample.index(riscv64, amd64, sample.image("s390x", "multi"));
    registry.tag("wanted/multi", "2", index);

    client.push(registry, "wanted/multi", index, "2");

    await().atMost(PATIENCE).until(() -> puts("wanted/multi", "2-wasm") >= 2);
    JsonNode found = tagged("wanted/multi", "2-wasm");
    assertThat(text(found, "mediaType")).isEqualTo(MediaTypes.OCI_INDEX);
    assertThat(text(found.path("annotations"), "io.oci2wasm.image"))
        .isEqualTo(index.digest().toString());
    assertThat(found.path("manifests"))
        .extracting(each -> text(each.path("platform"), "architecture"))
        .containsExactlyInAnyOrder("riscv64", "amd64");
    for (JsonNode each : found.path("manifests")) {
      JsonNode bundle =
          Json.MAPPER.readTree(
              registry.pushed("/v2/wanted/multi/manifests/" + text(each, "digest")));
      String architecture = text(each.path("platform"), "architecture");
      assertThat(text(bundle.path("annotations"), "io.oci2wasm.platform"))
          .isEqualTo("linux/" + architecture);
    }

    // Of another image under the same tag nothing of this one stays.
    Descriptor one = sample.index(sample.image("riscv64", "alone"));
    registry.tag("wanted/multi", "2", one);
    client.push(registry, "wanted/multi", one, "2");
    await()
        .atMost(PATIENCE)
        .until(() -> tagged("wanted/multi", "2-wasm").path("manifests").size() == 1);
    assertThat(text(tagged("wanted/multi", "2-wasm").path("annotations"), "io.oci2wasm.image"))
        .isEqualTo(one.digest().toString());
  }

  @Test
  void shouldNotOverwriteATagOfSomethingElse() throws Exception {
    SampleImage sample = new SampleImage(registry, "wanted/foreign");
    Descriptor image = sample.image("riscv64", "own");
    Descriptor foreign = sample.image("riscv64", "foreign");
    registry.tag("wanted/foreign", "1", image);
    registry.tag("wanted/foreign", "1-wasm", foreign);

    client.push(registry, "wanted/foreign", image);

    JsonNode letter =
        await()
            .atMost(PATIENCE)
            .until(() -> letters("wanted/foreign", "open"), all -> all.size() == 1)
            .get(0);
    assertThat(text(letter, "reason")).isEqualTo("push-refused");
    assertThat(text(letter, "message"))
        .contains("tagging a bundle as 1-wasm", foreign.digest().toString(), "delivery.tag");
    assertThat(puts("wanted/foreign", "1-wasm")).isZero();
  }

  /** The registry tells of the tag as of every other one. */
  @Test
  void shouldConvertNothingThatItDeliveredItself() throws Exception {
    Descriptor image = new SampleImage(registry, "wanted/loop").image("riscv64", "loop");
    registry.tag("wanted/loop", "1", image);
    client.push(registry, "wanted/loop", image);
    JsonNode delivered = tagged("wanted/loop", "1-wasm");
    byte[] bytes = registry.pushed("/v2/wanted/loop/manifests/1-wasm");
    Descriptor pushed =
        new Descriptor(text(delivered, "mediaType"), Sha256Digest.of(bytes), bytes.length);

    List<JsonNode> conversions = client.push(registry, "wanted/loop", pushed, "1-wasm");

    assertThat(conversions)
        .anySatisfy(
            one -> {
              assertThat(text(one, "state")).isEqualTo("skipped");
              assertThat(text(one, "reason")).isEqualTo("not-an-image");
            });
    assertThat(letters("wanted/loop", "open")).isEmpty();
  }

  @Test
  void shouldNotPushWhatNobodyWants() throws Exception {
    Descriptor unwanted = new SampleImage(registry, "other/app").image("riscv64", "unwanted");
    Descriptor wanted = new SampleImage(registry, "wanted/after").image("riscv64", "after");

    client.push(registry, "other/app", unwanted);
    client.push(registry, "wanted/after", wanted);

    assertThat(manifest("wanted/after")).isNotEmpty();
    assertThat(registry.pushes()).noneMatch(push -> push.contains("/other/app/"));
  }

  @Test
  void shouldKeepTheConversionAndReplayTheDeliveryThatARegistryRefused() throws Exception {
    Descriptor image = new SampleImage(registry, "wanted/refused").image("riscv64", "refused");
    registry.refusePushes(405);
    JsonNode letter;
    try {
      client.push(registry, "wanted/refused", image);
      letter = await().atMost(PATIENCE).until(() -> letters("open"), all -> all.size() == 1).get(0);
    } finally {
      registry.refusePushes(0);
    }
    JsonNode before = request();
    assertThat(before.path("conversions").get(0).has("deliveries")).isFalse();

    replay(text(letter, "id"));

    assertThat(manifest("wanted/refused")).isNotEmpty();
    assertThat(text(letter, "stage")).isEqualTo("deliver");
    assertThat(text(letter, "reason")).isEqualTo("push-refused");
    assertThat(text(letter, "message")).contains("HTTP 405", "/wanted/refused");
    assertThat(letters("open")).isEmpty();
    assertThat(letters("replayed")).hasSize(1);
    JsonNode after =
        await()
            .atMost(PATIENCE)
            .until(DeliveryIT::request, one -> one.path("conversions").get(0).has("deliveries"));
    ObjectNode conversion = (ObjectNode) after.path("conversions").get(0);
    assertThat(conversion.remove("deliveries"))
        .singleElement()
        .satisfies(
            delivery -> {
              assertThat(text(delivery.path("image"), "repository")).isEqualTo("wanted/refused");
              assertThat(delivery.path("signed").asBoolean()).isTrue();
            });
    assertThat(after).isEqualTo(before);
    assertThat(client.conversions("wanted/refused"))
        .singleElement()
        .satisfies(one -> assertThat(text(one, "state")).isEqualTo("built"));
  }

  private static JsonNode request() throws Exception {
    String id = text(client.conversions("wanted/refused").get(0), "requestId");
    return Json.MAPPER.readTree(client.get("/api/v1/requests/" + id).body());
  }

  private static JsonNode letters(String state) throws Exception {
    return letters("wanted/refused", state);
  }

  private static JsonNode letters(String repository, String state) throws Exception {
    return client.deadLetters("repository=" + repository + "&state=" + state);
  }

  private static void replay(String id) throws IOException, InterruptedException {
    URI target = pipeline.address().resolve("/api/v1/dead-letters/" + id + "/replay");
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(target).POST(HttpRequest.BodyPublishers.noBody()).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.body()).contains("\"result\":\"replayed\"");
  }

  /** The path of the only artifact that was pushed into a repository, once it is there. */
  private static String manifest(String repository) {
    String put = "PUT /v2/" + repository + "/manifests/";
    return await()
        .atMost(PATIENCE)
        .until(
            () ->
                registry.pushes().stream()
                    .filter(push -> push.startsWith(put) && !push.endsWith(".att"))
                    .map(push -> push.substring("PUT ".length()))
                    .toList(),
            found -> found.size() == 1)
        .get(0);
  }
}
