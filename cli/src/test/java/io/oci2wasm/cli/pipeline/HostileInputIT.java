package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.buildworker.BuildConfig;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images made to do harm go through the whole pipeline, and each is refused with its own reason.
 * After every test: what is in the store is whole and named rightly, and no worker keeps a file.
 */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class HostileInputIT {
  private static final String GZIP_LAYER = MediaTypes.OCI_LAYER + "+gzip";

  /** Stands for the 1 GiB of {@code BundleWriterTest}, which would take this test a minute. */
  private static final ByteSize MAX_BUNDLE = ByteSize.parse("16m");

  @TempDir private static Path directory;
  private static Pipeline pipeline;
  private static TestRegistry registry;
  private static PipelineClient client;
  private static ObjectStore store;

  private StoreWatch watch;

  @BeforeAll
  static void start() throws Exception {
    registry = TestRegistry.start();
    BuildConfig build = BuildConfig.DEFAULT;
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
                .with(
                    new BuildConfig(
                        build.work(),
                        directory.resolve("scratch"),
                        2,
                        MAX_BUNDLE,
                        build.builderId(),
                        build.maxTime(),
                        build.maxScratch())),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), "unused");
    store = ObjectStore.open(pipeline.store());
  }

  @AfterAll
  static void stop() {
    store.close();
    pipeline.close();
    registry.close();
  }

  @BeforeEach
  void watchStore() throws Exception {
    watch = new StoreWatch(store, registry.host());
  }

  @AfterEach
  void storeIsWholeAndScratchIsEmpty() throws Exception {
    watch.assertWhole(directory.resolve("data/s3"));
    try (Stream<Path> scratch = Files.walk(directory.resolve("scratch"))) {
      assertThat(scratch)
          .as("the directory, one of each of the worker's stages in it, empty, and its lock")
          .hasSize(5);
    }
  }

  @Test
  void shouldRefuseLayerOfAnotherDigest() throws Exception {
    byte[] tar = new TestLayer().file("a", "what was pushed".getBytes(UTF_8)).tar();
    byte[] blob = TestLayer.gzip(tar);
    Descriptor image = image("digest/app", blob, Sha256Digest.of(tar));
    byte[] forged = blob.clone();
    forged[forged.length - 1] ^= 1;
    registry.corrupt("digest/app", Sha256Digest.of(blob), forged);

    List<JsonNode> conversions = client.push(registry, "digest/app", image);

    assertFailed(
        conversions,
        Reason.DIGEST_MISMATCH,
        "fetching blob " + Sha256Digest.of(blob),
        "found " + Sha256Digest.of(forged),
        "push the image again");
    watch.assertNothingConverted();
    watch.assertNotIngested("digest/app", blob);
  }

  @Test
  void shouldRefuseWrongDiffIdColdAndWithWarmLayerCache() throws Exception {
    byte[] tar = new TestLayer().file("a", "content".getBytes(UTF_8)).tar();
    byte[] blob = TestLayer.gzip(tar);
    Sha256Digest claimed = Sha256Digest.of("something else".getBytes(UTF_8));
    Descriptor lying = image("diffid/app", blob, claimed);

    List<JsonNode> cold = client.push(registry, "diffid/app", lying);

    assertFailed(
        cold,
        Reason.DIFF_ID_MISMATCH,
        "unpacking layer " + Sha256Digest.of(blob),
        "found diffID " + Sha256Digest.of(tar),
        "expected " + claimed);
    watch.assertNothingConverted();

    Descriptor honest = image("honest/app", blob, Sha256Digest.of(tar));
    assertBuilt(client.push(registry, "honest/app", honest));
    watchStore();

    List<JsonNode> warm = client.push(registry, "diffid/app", lying);

    assertThat(warm).hasSize(2);
    assertFailed(
        warm.subList(0, 1),
        Reason.DIFF_ID_MISMATCH,
        "looking up layer " + Sha256Digest.of(blob),
        "found diffID " + Sha256Digest.of(tar),
        "expected " + claimed);
    watch.assertNothingConverted();
  }

  @Test
  void shouldNotGiveAnotherRepositorysLayerToConfigThatClaimsIt() throws Exception {
    byte[] secret = new TestLayer().file("secret", "private".getBytes(UTF_8)).tar();
    Descriptor theirs = image("private/app", TestLayer.gzip(secret), Sha256Digest.of(secret));
    assertBuilt(client.push(registry, "private/app", theirs));
    watchStore();
    byte[] tar = new TestLayer().file("own", "mine".getBytes(UTF_8)).tar();
    byte[] blob = TestLayer.gzip(tar);

    List<JsonNode> conversions =
        client.push(registry, "thief/claim", image("thief/claim", blob, Sha256Digest.of(secret)));

    assertFailed(
        conversions,
        Reason.DIFF_ID_MISMATCH,
        "unpacking layer " + Sha256Digest.of(blob),
        "found diffID " + Sha256Digest.of(tar),
        "expected " + Sha256Digest.of(secret));
    watch.assertNothingConverted();
  }

  @Test
  void shouldNotGiveAnotherRepositorysBlobToManifestThatNamesIt() throws Exception {
    byte[] secret = new TestLayer().file("secret", "also private".getBytes(UTF_8)).tar();
    byte[] blob = TestLayer.gzip(secret);
    Descriptor theirs = image("private/blob", blob, Sha256Digest.of(secret));
    assertBuilt(client.push(registry, "private/blob", theirs));
    Descriptor image = image("thief/blob", blob, Sha256Digest.of(secret));
    registry.forget("thief/blob", Sha256Digest.of(blob));
    watchStore();

    List<JsonNode> conversions = client.push(registry, "thief/blob", image);

    assertFailed(
        conversions,
        Reason.NOT_FOUND,
        "fetching blob " + Sha256Digest.of(blob),
        registry.host() + "/thief/blob");
    watch.assertNothingConverted();
    watch.assertNotServed("thief/blob", Sha256Digest.of(blob));
  }

  @Test
  void shouldNotConvertAnotherRepositorysManifestForWhoKnowsItsDigest() throws Exception {
    byte[] secret = new TestLayer().file("secret", "private too".getBytes(UTF_8)).tar();
    Descriptor theirs = image("private/image", TestLayer.gzip(secret), Sha256Digest.of(secret));
    assertBuilt(client.push(registry, "private/image", theirs));
    watchStore();

    List<JsonNode> conversions = client.push(registry, "thief/image", theirs);

    assertFailed(
        conversions,
        Reason.NOT_FOUND,
        "fetching manifest " + registry.host() + "/thief/image",
        theirs.digest().toString());
    watch.assertNothingConverted();
    watch.assertNotServed("thief/image", theirs.digest());
  }

  @Test
  void shouldRefuseTruncatedGzip() throws Exception {
    byte[] tar = new TestLayer().file("a", new byte[100_000]).tar();
    byte[] whole = TestLayer.gzip(tar);
    byte[] blob = Arrays.copyOf(whole, whole.length / 2);

    List<JsonNode> conversions =
        client.push(registry, "truncated/app", image("truncated/app", blob, Sha256Digest.of(tar)));

    assertFailed(
        conversions,
        Reason.LAYER_CORRUPT,
        "unpacking layer " + Sha256Digest.of(blob),
        "compression near byte " + blob.length,
        "found the blob's end inside the compressed data");
    watch.assertNothingConverted();
  }

  @Test
  void shouldRefuseBombAndWriteNothingOfIt() throws Exception {
    // 1.5 GiB of zeros in 1.5 MB
    byte[] header = new TestLayer().announcing("zeros", 3L << 29);
    byte[] zeros = TestLayer.gzip(new byte[1 << 20]);
    ByteArrayOutputStream blob = new ByteArrayOutputStream();
    blob.writeBytes(TestLayer.gzip(header));
    for (int i = 0; i < 3 << 9; i++) {
      blob.writeBytes(zeros);
    }

    List<JsonNode> conversions =
        client.push(
            registry, "bomb/app", image("bomb/app", blob.toByteArray(), Sha256Digest.of(header)));

    assertFailed(
        conversions,
        Reason.LAYER_REFUSED,
        "unpacking layer " + Sha256Digest.of(blob.toByteArray()),
        "expansion: found 1610612736 bytes",
        "expected at most 200 times as many");
    watch.assertNothingConverted();
  }

  @Test
  void shouldRefusePathThatClimbsOutOfTheRoot() throws Exception {
    byte[] tar = new TestLayer().file("a/../../evil", "x".getBytes(UTF_8)).tar();

    List<JsonNode> conversions =
        client.push(
            registry, "dots/app", image("dots/app", TestLayer.gzip(tar), Sha256Digest.of(tar)));

    assertFailed(
        conversions,
        Reason.LAYER_REFUSED,
        "unpacking layer " + Sha256Digest.of(TestLayer.gzip(tar)),
        "a/../../evil",
        "expected one inside the root: no \"..\" and no NUL");
    watch.assertNothingConverted();
  }

  /** The layers alone are good, and stay, whole: the image made of them is refused. */
  @Test
  void shouldRefuseToWriteThroughLinkOfLowerLayerThatLeadsOut() throws Exception {
    byte[] link = new TestLayer().symlink("out", "../../tmp").tar();
    byte[] file = new TestLayer().file("out/evil", "x".getBytes(UTF_8)).tar();
    Descriptor image =
        image(
            "link/app",
            List.of(TestLayer.gzip(link), TestLayer.gzip(file)),
            List.of(Sha256Digest.of(link), Sha256Digest.of(file)));

    List<JsonNode> conversions = client.push(registry, "link/app", image);

    assertFailed(
        conversions,
        Reason.LAYER_REFUSED,
        "entry /out/evil",
        "found a parent directory that is a link out of the root",
        "do not unpack this layer anywhere");
    assertThat(watch.newKeys("bundles/")).isEmpty();
    assertThat(watch.newKeys("layers/")).hasSize(4);
  }

  @Test
  void shouldKeepWhatGoesThroughAbsoluteLinkInsideTheImage() throws Exception {
    Path outside = directory.resolve("outside");
    byte[] tar =
        new TestLayer()
            .symlink("out", outside.toString())
            .file("out/evil", "x".getBytes(UTF_8))
            .tar();

    List<JsonNode> conversions =
        client.push(
            registry,
            "absolute/app",
            image("absolute/app", TestLayer.gzip(tar), Sha256Digest.of(tar)));

    assertBuilt(conversions);
    assertThat(outside).doesNotExist();
  }

  /** A cycle cannot be made: an index would have to hold its own digest. */
  @Test
  void shouldRefuseIndexesNestedTooDeep() throws Exception {
    SampleImage sample = new SampleImage(registry, "deep/app");
    Descriptor descriptor = sample.image("riscv64", "deep");
    for (int i = 0; i < 9; i++) {
      descriptor = sample.index(descriptor);
    }

    List<JsonNode> conversions = client.push(registry, "deep/app", descriptor);

    assertFailed(
        conversions, Reason.INDEX_TOO_DEEP, "walking index", "found indexes nested over 8 deep");
    watch.assertNothingConverted();
    watch.assertNotServed("deep/app", SampleImage.layer().digest());
  }

  @Test
  void shouldRefuseManifestOfFiveMebibytesUnread() throws Exception {
    Descriptor manifest =
        registry.manifest(
            "large/app",
            MediaTypes.OCI_MANIFEST,
            Map.of("schemaVersion", 2, "annotations", Map.of("a", "x".repeat(5 << 20))));

    List<JsonNode> conversions = client.push(registry, "large/app", manifest);

    assertFailed(
        conversions,
        Reason.MANIFEST_TOO_LARGE,
        "fetching manifest " + registry.host() + "/large/app",
        "found more than 4194304 bytes (4 MiB)");
    assertThat(watch.newKeys("")).isEmpty();
  }

  @Test
  void shouldRefuseSchemaOne() throws Exception {
    Descriptor manifest =
        registry.manifest(
            "old/app",
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            Map.of("schemaVersion", 1, "fsLayers", List.of()));

    List<JsonNode> conversions = client.push(registry, "old/app", manifest);

    assertFailed(
        conversions,
        Reason.UNSUPPORTED_MEDIA_TYPE,
        "reading " + manifest.digest(),
        "docker's schema 1",
        "push it again with a current client");
    assertThat(watch.newKeys("")).isEmpty();
  }

  @Test
  void shouldFailOnlyThePlatformWhoseLayerIsMissing() throws Exception {
    SampleImage sample = new SampleImage(registry, "partial/app");
    Descriptor whole = sample.image("riscv64", "partial");
    byte[] gone = {1};
    Descriptor broken = image("partial/app", gone, Sha256Digest.of(gone));
    registry.forget("partial/app", Sha256Digest.of(gone));

    List<JsonNode> conversions = client.push(registry, "partial/app", sample.index(whole, broken));

    assertOneBuiltAndOneNotFound(conversions, whole, broken);
    assertThat(messages(conversions)).contains("fetching blob " + Sha256Digest.of(gone));
    watch.assertNotIngested("partial/app", gone);
  }

  @Test
  void shouldFailOnlyTheChildThatIsMissing() throws Exception {
    SampleImage sample = new SampleImage(registry, "child/app");
    Descriptor whole = sample.image("riscv64", "child");
    Descriptor gone = new Descriptor(MediaTypes.OCI_MANIFEST, Sha256Digest.of(new byte[] {2}), 1);

    List<JsonNode> conversions = client.push(registry, "child/app", sample.index(whole, gone));

    assertOneBuiltAndOneNotFound(conversions, whole, gone);
    assertThat(messages(conversions)).contains("fetching manifest", gone.digest().toString());
    assertThat(store.head(ObjectKeys.blob(gone.digest()))).isEmpty();
  }

  @Test
  void shouldSkipArtifact() throws Exception {
    byte[] content = "a chart".getBytes(UTF_8);
    Descriptor artifact =
        registry.manifest(
            "artifact/app",
            MediaTypes.OCI_MANIFEST,
            Map.of(
                "schemaVersion",
                2,
                "config",
                registry.blob("artifact/app", "application/vnd.oci.empty.v1+json", new byte[] {3}),
                "layers",
                List.of(registry.blob("artifact/app", "application/vnd.x.chart", content))));

    List<JsonNode> conversions = client.push(registry, "artifact/app", artifact);

    assertEnded(
        conversions,
        "skipped",
        Reason.NOT_AN_IMAGE,
        "manifest " + artifact.digest(),
        "found config type application/vnd.oci.empty.v1+json");
    watch.assertNothingConverted();
    watch.assertNotIngested("artifact/app", content);
  }

  @Test
  void shouldSkipPlatformWithoutEngine() throws Exception {
    Descriptor image = new SampleImage(registry, "other/app").image("s390x", "other");

    List<JsonNode> conversions = client.push(registry, "other/app", image);

    assertEnded(conversions, "skipped", Reason.NO_ENGINE, "no engine runs linux/s390x");
    watch.assertNothingConverted();
    watch.assertNotServed("other/app", SampleImage.layer().digest());
  }

  /** The layer alone is good, and stays, whole. */
  @Test
  void shouldRefuseImageThatMakesTooLargeAModule() throws Exception {
    byte[] large = new byte[14 << 20]; // of which no frame gets smaller
    new Random(1).nextBytes(large);
    byte[] tar = new TestLayer().file("large", large).tar();

    List<JsonNode> conversions =
        client.push(
            registry, "huge/app", image("huge/app", TestLayer.gzip(tar), Sha256Digest.of(tar)));

    assertFailed(
        conversions,
        Reason.BUNDLE_TOO_LARGE,
        "putting the bundle together",
        "expected at most " + MAX_BUNDLE.bytes(),
        "make the image smaller");
    assertThat(watch.newKeys("bundles/")).isEmpty();
    assertThat(watch.newKeys("layers/")).hasSize(2);
  }

  private static Descriptor image(String repository, byte[] blob, Sha256Digest diffId)
      throws IOException {
    return image(repository, List.of(blob), List.of(diffId));
  }

  private static Descriptor image(String repository, List<byte[]> blobs, List<Sha256Digest> diffIds)
      throws IOException {
    byte[] config = SampleImage.config("/a", diffIds);
    return new SampleImage(registry, repository)
        .manifest(
            config,
            blobs.stream().map(blob -> registry.blob(repository, GZIP_LAYER, blob)).toList());
  }

  private static void assertBuilt(List<JsonNode> conversions) {
    assertThat(conversions)
        .extracting(c -> text(c, "state"), c -> text(c, "message"))
        .containsExactly(tuple("built", ""));
  }

  private static void assertFailed(List<JsonNode> conversions, Reason reason, String... parts) {
    assertEnded(conversions, "failed", reason, parts);
  }

  private static void assertEnded(
      List<JsonNode> conversions, String state, Reason reason, String... messageParts) {
    assertThat(conversions)
        .extracting(
            c -> text(c, "state"), c -> text(c, "reason"), c -> c.path("bundle").isMissingNode())
        .containsExactly(tuple(state, reason.toString(), true));
    assertThat(messages(conversions)).contains(messageParts);
  }

  private static void assertOneBuiltAndOneNotFound(
      List<JsonNode> conversions, Descriptor built, Descriptor notFound) {
    assertThat(conversions)
        .extracting(c -> text(c, "manifestDigest"), c -> text(c, "state"), c -> text(c, "reason"))
        .containsExactlyInAnyOrder(
            tuple(built.digest().toString(), "built", ""),
            tuple(notFound.digest().toString(), "failed", "not-found"));
  }

  private static String messages(List<JsonNode> conversions) {
    return String.join("\n", conversions.stream().map(c -> text(c, "message")).toList());
  }
}
