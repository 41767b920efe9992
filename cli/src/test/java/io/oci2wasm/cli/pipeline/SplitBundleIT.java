package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.buildworker.step.BuildBundleStep.StoredConversion;
import io.oci2wasm.buildworker.store.ObjectRootfsStore;
import io.oci2wasm.cli.remote.DownloadCommand;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.ConverterSettings;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.ingest.delivery.DeliveryConfig;
import io.oci2wasm.ingest.delivery.SignerConfig;
import io.oci2wasm.runtime.event.EventProducer;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * What gateway and commands make of a bundle that is split in the store, as one above V8's limit
 * is. Here the limit is lower: {@code .ci/large.sh} has a large one.
 */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class SplitBundleIT {
  private static final Platform RISCV64 = Platform.parse("linux/riscv64");

  @TempDir private static Path directory;
  private static TestRegistry registry;
  private static Pipeline pipeline;
  private static PipelineClient client;
  private static ObjectStore store;
  private static ScheduledExecutorService timer;
  private static JsonNode conversion;
  private static BundleDescription.Data data;

  /** A bundle in one file, made anew as a split one and announced once more. */
  @BeforeAll
  static void start() throws Exception {
    registry = TestRegistry.start();
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
                .with(
                    new DeliveryConfig(
                        List.of(new Glob(registry.host() + "/team/split")),
                        null,
                        SignerConfig.NONE,
                        null,
                        WorkerConfig.of(1))),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), "unused");
    store = ObjectStore.open(pipeline.store());
    timer = Executors.newScheduledThreadPool(1);
    Descriptor image = new SampleImage(registry, "team/split").image("riscv64", "split");
    // Nothing of another repository is delivered, so that nobody reads the bundle in one file.
    Descriptor same = new SampleImage(registry, "team/first").image("riscv64", "split");
    JsonNode one = client.push(registry, "team/first", same).get(0);
    for (ObjectInfo object : store.list(ObjectKeys.bundle(text(one, "conversionId")))) {
      store.inventory().delete(object.key());
    }
    Path scratch = Files.createDirectories(directory.resolve("scratch"));
    ImageReference name = new ImageReference(registry.host(), "team/split", null, image.digest());
    StoredConversion made =
        TestBuild.step(
                store,
                TestBuild.splittingAbove(
                    one.path("bundle").path("size").asLong() - 1,
                    ConverterSettings.withDefaults(scratch)),
                new ObjectRootfsStore(store),
                false,
                timer)
            .call(
                new PlatformResolved("0".repeat(32), Lane.PUSH, name, RISCV64, image, 1),
                Engine.forPlatform(RISCV64).orElseThrow());
    data = Objects.requireNonNull(made.description().data());
    announce(name, image, made);
    conversion =
        await()
            .atMost(Duration.ofMinutes(1))
            .until(
                () ->
                    Json.MAPPER.readTree(
                        client.get("/api/v1/conversions?request=" + "0".repeat(32)).body()),
                page -> page.path("items").size() == 1)
            .path("items")
            .get(0);
  }

  private static void announce(ImageReference name, Descriptor image, StoredConversion made)
      throws Exception {
    try (EventProducer producer =
        EventProducer.open(
            KafkaConfig.DEFAULT.at(pipeline.bootstrapServers()), "test", Clock.systemUTC())) {
      producer.publish(
          List.of(
              new BundleBuilt(
                  "0".repeat(32),
                  Lane.PUSH,
                  made.description().conversionId(),
                  name,
                  RISCV64,
                  image.digest(),
                  false,
                  new BundleBuilt.StoredBundle(
                      null,
                      null,
                      made.recipe().moduleSize(),
                      new BundleBuilt.StoredData(data.file(), data.size())),
                  new BundleBuilt.StoredRecipe(made.recipe().digest(), made.recipe().size()),
                  new BundleBuilt.Layers(1, 0),
                  1)));
    }
  }

  @AfterAll
  static void stop() {
    timer.shutdownNow();
    store.close();
    pipeline.close();
    registry.close();
  }

  private static String id() {
    return text(conversion, "conversionId");
  }

  private static String digestField(byte[] content) {
    byte[] raw = HexFormat.of().parseHex(Sha256Digest.of(content).hex());
    return "sha-256=:" + Base64.getEncoder().encodeToString(raw) + ":";
  }

  @Test
  void shouldSayThatTheBundleIsSplit() {
    JsonNode bundle = conversion.path("bundle");

    assertThat(text(bundle.path("data"), "file")).isEqualTo(data.file());
    assertThat(bundle.path("data").path("size").asLong()).isEqualTo(data.size());
    assertThat(data.file()).isEqualTo("bundle-" + id().substring(0, 12) + "-linux-riscv64.data");
  }

  @Test
  void shouldServeBothFiles() throws Exception {
    HttpResponse<byte[]> module = client.bundle(id());
    HttpResponse<byte[]> second = client.bundle("GET", id() + "/data");
    HttpResponse<byte[]> piece = client.bundle("GET", id() + "/data", "Range", "bytes=100-199");
    String digest = text(conversion.path("recipe"), "digest");

    assertThat(module.statusCode()).isEqualTo(200);
    assertThat(module.body()).hasSize(conversion.path("bundle").path("size").asInt());
    assertThat(second.body()).hasSize((int) data.size());
    assertThat(client.bundle("GET", id() + "/split").body()).isEqualTo(module.body());
    assertThat(piece.statusCode()).isEqualTo(206);
    assertThat(piece.body()).isEqualTo(Arrays.copyOfRange(second.body(), 100, 200));
    for (HttpResponse<byte[]> each : List.of(module, second, piece)) {
      assertThat(each.headers().firstValue("ETag")).contains('"' + digest + '"');
    }
    assertThat(client.bundle("HEAD", id()).headers().firstValue("Repr-Digest"))
        .contains(digestField(module.body()));
    assertThat(client.bundle("HEAD", id() + "/data").headers().firstValue("Repr-Digest"))
        .contains(digestField(second.body()));
    assertThat(second.headers().firstValue("Content-Disposition"))
        .contains("attachment; filename=\"" + data.file() + '"');
    assertThat(client.bundle("GET", id() + "/data?recipe=" + digest).statusCode()).isEqualTo(200);
    assertThat(client.bundle("GET", id() + "/data?recipe=sha256:" + "0".repeat(64)).statusCode())
        .isEqualTo(404);
    JsonNode statement =
        Json.MAPPER.readTree(client.bundle("GET", id() + "/provenance/data").body());
    assertThat(text(statement.path("subject").get(0), "name")).isEqualTo(data.file());
    assertThat(text(statement.path("subject").get(0).path("digest"), "sha256"))
        .isEqualTo(Sha256Digest.of(second.body()).hex());
  }

  @Test
  void shouldDownloadBothFilesWithTheCommand() throws Exception {
    Path module = Files.createDirectories(directory.resolve("down")).resolve("app.wasm");

    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new DownloadCommand()).setOut(new PrintWriter(out, true));
    int exitCode =
        command.execute(
            "--gateway",
            pipeline.address().toString(),
            "-o",
            module.toString(),
            text(conversion, "id"));

    assertThat(exitCode).isZero();
    assertThat(out.toString()).contains(data.file() + " beside it, sha256:");
    assertThat(Files.readAllBytes(module)).isEqualTo(client.bundle(id()).body());
    assertThat(Files.readAllBytes(module.resolveSibling(data.file())))
        .isEqualTo(client.bundle("GET", id() + "/data").body());
    assertThat(DataFile.fault(data.size(), data.identity(), module.resolveSibling(data.file())))
        .isEmpty();
  }

  @Test
  void shouldDeliverBothFilesAsLayersOfOneArtifact() throws Exception {
    String put = "PUT /v2/team/split/manifests/";
    JsonNode artifact =
        await()
            .atMost(Duration.ofMinutes(1))
            .until(
                () ->
                    registry.pushes().stream()
                        .filter(push -> push.startsWith(put))
                        .map(push -> json(registry.pushed(push.substring("PUT ".length()))))
                        .filter(manifest -> manifest.path("layers").size() == 2)
                        .findFirst(),
                Optional::isPresent)
            .orElseThrow();

    assertThat(text(artifact.path("config"), "mediaType")).isEqualTo(MediaTypes.WASM_CONFIG);
    assertThat(artifact.has("artifactType")).isFalse();
    assertThat(artifact.path("layers"))
        .extracting(
            layer -> text(layer, "mediaType"),
            layer -> text(layer.path("annotations"), "org.opencontainers.image.title"))
        .containsExactly(
            tuple("application/wasm", "bundle.wasm"),
            tuple("application/vnd.oci2wasm.data.v1", data.file()));
    assertThat(registry.pushed(blob(artifact.path("layers").get(0))))
        .isEqualTo(client.bundle(id()).body());
    assertThat(registry.pushed(blob(artifact.path("layers").get(1))))
        .isEqualTo(client.bundle("GET", id() + "/data").body());
    JsonNode config = json(registry.pushed(blob(artifact.path("config"))));
    assertThat(config.path("layerDigests"))
        .extracting(JsonNode::asText)
        .containsExactly(
            text(artifact.path("layers").get(0), "digest"),
            text(artifact.path("layers").get(1), "digest"));
  }

  private static String blob(JsonNode descriptor) {
    return "/v2/team/split/blobs/" + text(descriptor, "digest");
  }

  private static JsonNode json(byte[] bytes) {
    try {
      return Json.MAPPER.readTree(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldTellWhoAsksForTheDataOfABundleInOneFile() throws Exception {
    Descriptor image = new SampleImage(registry, "team/whole").image("riscv64", "whole");
    JsonNode one = client.push(registry, "team/whole", image).get(0);

    HttpResponse<byte[]> statement =
        client.bundle("GET", text(one, "conversionId") + "/provenance/data");

    assertThat(one.path("bundle").has("data")).isFalse();
    assertThat(statement.statusCode()).isEqualTo(404);
    assertThat(new String(statement.body(), StandardCharsets.UTF_8))
        .contains("the bundle is not split in the store");
  }
}
