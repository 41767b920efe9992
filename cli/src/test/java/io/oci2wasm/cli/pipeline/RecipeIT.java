package io.oci2wasm.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ConversionChoice;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.Translated;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.buildworker.step.BuildBundleStep;
import io.oci2wasm.buildworker.step.BuildBundleStep.StoredConversion;
import io.oci2wasm.buildworker.store.ObjectRootfsStore;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.BundleOutput;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.ConverterSettings;
import io.oci2wasm.converter.convert.DirectoryLayerStore;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.convert.RootfsLayout;
import io.oci2wasm.converter.convert.RootfsStore;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.runtime.bundle.Bundles;
import io.oci2wasm.runtime.bundle.SplitBundle;
import io.oci2wasm.runtime.bundle.StoredBundle;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import io.oci2wasm.runtime.store.StoredImageContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the build-worker stores of a bundle, and what comes out of it again. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class RecipeIT {
  private static final Platform RISCV64 = Platform.parse("linux/riscv64");
  private static final long MOST_BYTES = 256 << 10;

  @TempDir private static Path directory;
  private static EmbeddedStore server;
  private static CountingProxy proxy;
  private static ObjectStore store;
  private static ScheduledExecutorService timer;
  private static Engine engine;

  @BeforeAll
  static void start() throws Exception {
    server = EmbeddedStore.start(directory.resolve("s3"));
    proxy = CountingProxy.start(server.endpoint());
    store =
        ObjectStore.open(
            StoreConfig.DEFAULT.at(
                proxy.address(), server.accessKeyIdFile(), server.secretAccessKeyFile()));
    store.ensureBucket();
    Files.createDirectories(directory.resolve("scratch"));
    timer = Executors.newScheduledThreadPool(1);
    engine = Engine.forPlatform(RISCV64).orElseThrow();
  }

  @AfterAll
  static void stop() throws IOException {
    timer.shutdownNow();
    store.close();
    proxy.close();
    server.close();
  }

  private static BuildBundleStep step(boolean materialize) {
    return step(materialize, new ObjectRootfsStore(store));
  }

  private static BuildBundleStep step(boolean materialize, RootfsStore filesystems) {
    return TestBuild.step(
        store,
        ConverterSettings.withDefaults(directory.resolve("scratch")),
        filesystems,
        materialize,
        timer);
  }

  /** An engine that is another one by a section at its end. */
  private static Engine otherEngine(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(engine.bytes());
    bytes.write(0);
    bytes.write(text.length + 1);
    bytes.write(text.length);
    bytes.writeBytes(text);
    return Engine.of(RISCV64, bytes.toByteArray(), name, engine.components());
  }

  /** Stores an image as ingest does. */
  private static PlatformResolved image(byte[]... tars) throws Exception {
    List<Descriptor> layers = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    for (byte[] tar : tars) {
      layers.add(blob(MediaTypes.OCI_LAYER + "+gzip", TestLayer.gzip(tar)));
      diffIds.add(Sha256Digest.of(tar).toString());
    }
    Descriptor config =
        json(
            MediaTypes.OCI_CONFIG,
            Map.of(
                "os",
                "linux",
                "architecture",
                "riscv64",
                "config",
                Map.of("Cmd", List.of("/bin/sh")),
                "rootfs",
                Map.of("type", "layers", "diff_ids", diffIds)));
    Descriptor manifest =
        json(
            MediaTypes.OCI_MANIFEST,
            Map.of(
                "schemaVersion",
                2,
                "mediaType",
                MediaTypes.OCI_MANIFEST,
                "config",
                config,
                "layers",
                layers));
    ImageReference name = new ImageReference("r.example", "team/app", "1", manifest.digest());
    return new PlatformResolved("0".repeat(32), Lane.PUSH, name, RISCV64, manifest, 1);
  }

  private static Descriptor json(String mediaType, Object document) throws IOException {
    return blob(mediaType, Json.MAPPER.writeValueAsBytes(document));
  }

  private static Descriptor blob(String mediaType, byte[] content) throws IOException {
    Sha256Digest digest = Sha256Digest.of(content);
    store.put(ObjectKeys.blob(digest), content);
    return new Descriptor(mediaType, digest, content.length);
  }

  private static byte[] noise(int seed, int bytes) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return content;
  }

  private static byte[] text(int seed, int bytes) {
    byte[] content = noise(seed, bytes);
    for (int i = 0; i < bytes; i++) {
      content[i] = (byte) ('a' + (content[i] & 7));
    }
    return content;
  }

  private static byte[] base() throws IOException {
    TestLayer base = new TestLayer().file("big", noise(1, 5_000_000)).symlink("link", "big");
    for (int i = 0; i < 2000; i++) {
      base.file("usr/share/f" + i, text(i, 100 + i % 9000));
    }
    return base.tar();
  }

  /** The file that convert writes of the same image. */
  private static byte[] converted(PlatformResolved event, Engine by) throws Exception {
    Path output = directory.resolve("converted.wasm");
    convert(event, by, BundleOutput.oneFile(output));
    return Files.readAllBytes(output);
  }

  private static void convert(PlatformResolved event, Engine by, BundleOutput output)
      throws Exception {
    StoredImageContent content = new StoredImageContent(store);
    PlatformImage image =
        ImageWalk.walk(event.manifest(), content, platform -> true).wanted().get(0);
    var unused =
        new ImageConverter(
                new DirectoryLayerStore(directory.resolve("layers")),
                ConverterSettings.withDefaults(directory.resolve("scratch")))
            .convert(
                image, content, by, ConversionOptions.NONE, output, ConversionEvent.Listener.NONE);
  }

  /** The two files that come out of the store are those that convert writes. */
  private static void expectSplit(PlatformResolved event, StoredConversion made) throws Exception {
    BundleOutput output =
        new BundleOutput(directory.resolve("split.wasm"), BundleOutput.Splitting.ALWAYS);
    convert(event, engine, output);

    StoredBundle bundle = new Bundles(store).find(made.description().conversionId()).orElseThrow();
    SplitBundle split = bundle.split(output.dataName()).orElseThrow();

    assertThat(read(split.module())).isEqualTo(Files.readAllBytes(output.module()));
    assertThat(read(split.data())).isEqualTo(Files.readAllBytes(output.data()));
  }

  private static byte[] read(SplitBundle.File file) throws IOException {
    try (InputStream in = file.open(0, file.sizeBytes())) {
      return in.readAllBytes();
    }
  }

  private static byte[] streamed(StoredConversion made) throws Exception {
    StoredBundle bundle = new Bundles(store).find(made.description().conversionId()).orElseThrow();
    try (InputStream in = bundle.open()) {
      return in.readAllBytes();
    }
  }

  @Test
  void shouldReconvertUnderAnotherEngineWithoutALayer() throws Exception {
    PlatformResolved first = image(base(), new TestLayer().file("own", noise(2, 500_000)).tar());
    PlatformResolved small = image(new TestLayer().file("a", text(3, 10)).tar());
    BuildBundleStep step = step(false);
    StoredConversion old = step.call(first, engine);
    Engine newer = otherEngine("newer");
    // The engine itself is stored once, by whichever image comes first.
    StoredConversion unused = step.call(small, newer);
    long layerBytes = store.list("layers/").stream().mapToLong(ObjectInfo::size).sum();
    List<ObjectInfo> layers = store.list("layers/");
    List<ObjectInfo> filesystems = store.list("rootfs/");
    long before = proxy.bytes();
    long requestsBefore = proxy.requests();

    StoredConversion made = step.call(first, newer);

    // Two documents of the image, ten looks, the layout and four writes.
    assertThat(proxy.requests() - requestsBefore).isLessThanOrEqualTo(17);
    long moved = proxy.bytes() - before;
    assertThat(moved).as("moved for layers of %s", layerBytes).isLessThan(MOST_BYTES);
    assertThat(layerBytes).isGreaterThan(20 * MOST_BYTES);
    assertThat(made.layersConverted()).isZero();
    assertThat(made.description().conversionId()).isNotEqualTo(old.description().conversionId());
    assertThat(store.list("layers/")).isEqualTo(layers);
    assertThat(store.list("rootfs/")).isEqualTo(filesystems);
    assertThat(streamed(made)).isEqualTo(converted(first, newer));
  }

  @Test
  void shouldStreamTheBytesThatConvertWrites() throws Exception {
    byte[] base = base();
    BuildBundleStep step = step(false);
    byte[][] many = new byte[40][];
    for (int i = 0; i < many.length; i++) {
      many[i] = new TestLayer().file("f" + i % 30, text(i, 9_000 * (i % 7))).tar();
    }
    for (PlatformResolved event :
        List.of(
            image(base),
            image(base, new TestLayer().file(".wh.big", new byte[0]).tar()),
            image(base, new TestLayer().file("big", noise(5, 200_000)).tar()),
            image(new TestLayer().tar()),
            image(many))) {
      StoredConversion made = step.call(event, engine);

      assertThat(streamed(made)).isEqualTo(converted(event, engine));
      expectSplit(event, made);
    }
  }

  @Test
  void shouldStoreTheModuleWhereItIsWantedWithTheSameBytes() throws Exception {
    PlatformResolved event = image(new TestLayer().file("m", noise(6, 300_000)).tar());
    StoredConversion without = step(false).call(event, engine);
    assertThat(without.moduleKey()).isNull();
    assertThat(without.moduleDigest()).isNull();

    StoredConversion with = step(true).call(event, engine);

    byte[] file = converted(event, engine);
    String key = ObjectKeys.bundleModule(with.description().conversionId());
    assertThat(with.reused()).isTrue();
    assertThat(with.moduleKey()).isEqualTo(key);
    assertThat(with.moduleDigest()).isEqualTo(Sha256Digest.of(file));
    assertThat(store.bytes(key, file.length)).contains(file);
    assertThat(with.recipe()).isEqualTo(without.recipe());
  }

  /** As above V8's limit; the limit is lower here. */
  @Test
  void shouldSplitWhatIsTooLargeForAModuleAndStoreBothFilesWhereTheyAreWanted() throws Exception {
    PlatformResolved event = image(base(), new TestLayer().file("split", noise(10, 300_000)).tar());
    ConverterSettings usual = ConverterSettings.withDefaults(directory.resolve("scratch"));
    StoredConversion made =
        TestBuild.step(
                store,
                TestBuild.splittingAbove(engine.sizeBytes() + (1 << 20), usual),
                new ObjectRootfsStore(store),
                true,
                timer)
            .call(event, engine);

    BundleDescription.Data data = Objects.requireNonNull(made.description().data());
    String id = made.description().conversionId();
    assertThat(data.file()).isEqualTo("bundle-" + id.substring(0, 12) + "-linux-riscv64.data");
    BundleOutput output =
        new BundleOutput(
            directory.resolve(data.file().replace(".data", ".wasm")),
            BundleOutput.Splitting.ALWAYS);
    convert(event, engine, output);
    byte[] module = Files.readAllBytes(output.module());
    byte[] second = Files.readAllBytes(output.data());
    StoredBundle bundle = new Bundles(store).find(id).orElseThrow();
    assertThat(streamed(made)).isEqualTo(module);
    try (InputStream in = bundle.data().orElseThrow().open()) {
      assertThat(in.readAllBytes()).isEqualTo(second);
    }
    SplitBundle split = bundle.split(bundle.dataName()).orElseThrow();
    assertThat(read(split.module())).isEqualTo(module);
    assertThat(read(split.data())).isEqualTo(second);
    assertThat(store.bytes(ObjectKeys.bundleModule(id), module.length)).contains(module);
    assertThat(store.bytes(ObjectKeys.bundleData(id, data.file()), second.length)).contains(second);
    assertThat(made.moduleDigest()).isEqualTo(Sha256Digest.of(module));
    assertThat(made.recipe().moduleSize()).isEqualTo(module.length);
    assertThat(data.size()).isEqualTo(second.length);
    assertThat(step(false).call(event, engine))
        .returns(true, StoredConversion::reused)
        .returns(made.recipe(), StoredConversion::recipe);
  }

  /** A rule says it of some images; what the worker's configuration says is of all others. */
  @Test
  void shouldStoreTheModuleWhereARuleWantsItAndOnlyThere() throws Exception {
    PlatformResolved event = image(new TestLayer().file("ruled", noise(11, 300_000)).tar());

    StoredConversion never = step(true).call(materializing(event, Materialize.NEVER), engine);
    StoredConversion always = step(false).call(materializing(event, Materialize.ALWAYS), engine);

    assertThat(never.moduleKey()).isNull();
    String key = ObjectKeys.bundleModule(always.description().conversionId());
    assertThat(always.moduleKey()).isEqualTo(key);
    byte[] file = converted(event, engine);
    assertThat(store.bytes(key, file.length)).contains(file);
  }

  private static PlatformResolved materializing(PlatformResolved event, Materialize materialize) {
    return with(event, null, null, materialize, null);
  }

  @Test
  void shouldMakeAgainWhatHasLostAPart() throws Exception {
    PlatformResolved event = image(new TestLayer().file("lost", noise(7, 300_000)).tar());
    BuildBundleStep step = step(false);
    StoredConversion first = step.call(event, engine);
    byte[] file = streamed(first);
    Bundles bundles = new Bundles(store);
    List<String> parts = new ArrayList<>();
    for (String prefix : List.of("engines/", "layers/", "rootfs/", "bundles/")) {
      store.list(prefix).forEach(object -> parts.add(object.key()));
    }
    for (String part : parts) {
      store.inventory().delete(part);

      StoredConversion again = step.call(event, engine);

      assertThat(streamed(again)).as(part).isEqualTo(file);
      assertThat(again.recipe()).isEqualTo(first.recipe());
    }
    assertThat(bundles.find(first.description().conversionId())).isPresent();
  }

  /** Retention takes a layer in the moment before the recipe is written. */
  @Test
  void shouldStoreNoBundleThatHasLostAPartMeanwhile() throws Exception {
    byte[] layer = new TestLayer().file("taken", noise(8, 300_000)).tar();
    PlatformResolved event = image(layer);
    List<ObjectInfo> before = markers();
    losing(ObjectKeys.layerData(Sha256Digest.of(layer), packer()));

    assertThatThrownBy(() -> step(false).call(event, engine))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("/data gone before the bundle was stored; it is made again");

    assertThat(markers()).isEqualTo(before);
    assertThat(streamed(step(false).call(event, engine))).isEqualTo(converted(event, engine));
  }

  /** Of a layer retention removes the index first; its data would go after the bundle is stored. */
  @Test
  void shouldStoreNoBundleOfALayerThatIsGoing() throws Exception {
    byte[] going = new TestLayer().file("going", noise(9, 300_000)).tar();
    PlatformResolved event = image(going);
    List<ObjectInfo> before = markers();
    losing(ObjectKeys.layerIndex(Sha256Digest.of(going), packer()));

    assertThatThrownBy(() -> step(false).call(event, engine))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("/index gone before the bundle was stored; it is made again");

    assertThat(markers()).isEqualTo(before);
    StoredConversion again = step(false).call(event, engine);
    Sha256Digest layer = again.description().layers().get(0);
    String packer = ConverterSettings.withDefaults(directory).packerVersion();
    assertThat(store.head(ObjectKeys.layerIndex(layer, packer))).isPresent();
    assertThat(streamed(again)).isEqualTo(converted(event, engine));
  }

  private interface Meanwhile {
    void happen(RootfsStore.Name name) throws IOException;
  }

  /** Filesystems; when one is stored, something happens. */
  private static RootfsStore filesystems(Meanwhile meanwhile) {
    ObjectRootfsStore filesystems = new ObjectRootfsStore(store);
    return new RootfsStore() {
      @Override
      public Optional<RootfsLayout> find(Name name) throws IOException {
        return filesystems.find(name);
      }

      @Override
      public void put(Name name, Path metadata, RootfsLayout layout) throws IOException {
        filesystems.put(name, metadata, layout);
        meanwhile.happen(name);
      }
    };
  }

  /** The object goes in the moment before somebody looks for it. */
  private static void losing(String key) {
    proxy.before("HEAD /oci2wasm/" + key, () -> store.inventory().delete(key));
  }

  private static String packer() {
    return ConverterSettings.withDefaults(directory).packerVersion();
  }

  /** Retention runs between the last look and {@code bundle.json}. */
  @Test
  void shouldMakeABundleAgainThatLosesAMarkerWhileItIsStored() throws Exception {
    PlatformResolved event = image(new TestLayer().file("late", noise(10, 300_000)).tar());
    BuildBundleStep step = step(false);
    StoredConversion first = step.call(event, engine);
    String description = ObjectKeys.bundleDescription(first.description().conversionId());
    store.inventory().delete(description);
    Sha256Digest layer = first.description().layers().get(0);
    String packer = ConverterSettings.withDefaults(directory).packerVersion();
    String index = ObjectKeys.layerIndex(layer, packer);
    proxy.before("PUT /oci2wasm/" + description, () -> store.inventory().delete(index));

    assertThatThrownBy(() -> step.call(event, engine))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(index + " gone while the bundle was stored; it is made again");

    StoredConversion again = step.call(event, engine);
    assertThat(again.reused()).isFalse();
    assertThat(again.layersConverted()).isEqualTo(1);
    assertThat(store.head(index)).isPresent();
  }

  /** Another worker, or an earlier version's fault: what is stored under an id never changes. */
  @Test
  void shouldReplaceNoBundleByOneOfAnotherDigest() throws Exception {
    PlatformResolved event = image(new TestLayer().file("same", noise(11, 300_000)).tar());
    BuildBundleStep step = step(false);
    StoredConversion first = step.call(event, engine);
    String id = first.description().conversionId();
    byte[] other =
        first
            .description()
            .withRecipe(
                new BundleDescription.StoredRecipe(
                    Sha256Digest.of(new byte[0]),
                    first.recipe().size(),
                    first.recipe().moduleSize()))
            .toJson();
    List<ObjectInfo> recipes = store.list(ObjectKeys.bundle(id));
    String engineKey = ObjectKeys.engine(engine.digest());

    // A part is missing.
    store.put(ObjectKeys.bundleDescription(id), other);
    store.inventory().delete(engineKey);
    assertRefused(() -> step.call(event, engine));
    assertThat(store.head(engineKey)).isEmpty();
    store.put(engineKey, engine.bytes());
    // It is forced.
    assertRefused(() -> step.call(forced(event), engine));
    // It appears while the same is made here.
    store.inventory().delete(ObjectKeys.bundleDescription(id));
    store
        .inventory()
        .delete(
            ObjectKeys.rootfsLayout(
                first.description().layers(),
                ConverterSettings.withDefaults(directory).packerVersion(),
                first.description().converterVersion()));
    RootfsStore meanwhile = filesystems(name -> store.put(ObjectKeys.bundleDescription(id), other));
    assertRefused(() -> step(false, meanwhile).call(event, engine));

    assertThat(store.bytes(ObjectKeys.bundleDescription(id), other.length)).contains(other);
    assertThat(store.list(ObjectKeys.bundle(id))).isEqualTo(recipes);
  }

  private static void assertRefused(ThrowingCallable conversion) {
    assertThatThrownBy(conversion)
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("once more: found a recipe of digest sha256:")
        .hasMessageContaining("the stored one stays");
  }

  @Test
  void shouldRepairADamagedDescription() throws Exception {
    PlatformResolved event = image(new TestLayer().file("torn", noise(12, 300_000)).tar());
    BuildBundleStep step = step(false);
    StoredConversion first = step.call(event, engine);
    byte[] description = first.description().toJson();
    String key = ObjectKeys.bundleDescription(first.description().conversionId());
    store.put(key, new byte[description.length]);

    assertThatThrownBy(() -> step.call(event, engine))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("object store, reading " + key + ": found ")
        .hasMessageContaining("convert the image again with force");
    StoredConversion again = step.call(forced(event), engine);

    assertThat(again.recipe()).isEqualTo(first.recipe());
    assertThat(store.bytes(key, description.length)).contains(description);
  }

  /** What no training has yielded: nothing of it comes into a bundle. */
  @Test
  void shouldRefuseLogsThatDoNotFitWithoutABundle() throws Exception {
    PlatformResolved plain = image(new TestLayer().file("log", noise(13, 300_000)).tar());
    BuildBundleStep step = step(false);
    StoredConversion unused = step.call(plain, engine);
    List<ObjectInfo> before = markers();
    byte[] ofNothing = log(engine.digest());
    byte[] ofAnother =
        log(Engine.forPlatform(Platform.parse("linux/amd64")).orElseThrow().digest());
    byte[] damaged = "OW2WLOG1 and no more".getBytes(StandardCharsets.UTF_8);
    byte[] lost = {1};
    for (byte[] log : List.of(ofNothing, ofAnother, damaged)) {
      store.put(ObjectKeys.translation(Sha256Digest.of(log)), log);
    }
    Sha256Digest swapped = Sha256Digest.of(new byte[] {2});
    store.put(ObjectKeys.translation(swapped), ofNothing);

    expectRefusal(step, plain, Sha256Digest.of(ofNothing), "nothing hot in the image's files");
    expectRefusal(step, plain, Sha256Digest.of(ofAnother), "nothing hot in the image's files");
    expectRefusal(step, plain, Sha256Digest.of(damaged), "found its end too soon");
    expectRefusal(step, plain, swapped, "with the digest " + Sha256Digest.of(ofNothing));
    assertThatThrownBy(() -> step.call(translated(plain, Sha256Digest.of(lost)), engine))
        .hasMessageContaining("found no translations/" + Sha256Digest.of(lost).hex())
        .extracting("reason")
        .isEqualTo(Reason.NOT_FOUND);

    assertThat(markers()).isEqualTo(before);
    assertThat(step.call(plain, engine).reused()).isTrue();
  }

  private static void expectRefusal(
      BuildBundleStep step, PlatformResolved plain, Sha256Digest log, String why) {
    assertThatThrownBy(() -> step.call(translated(plain, log), engine))
        .hasMessageContaining(why)
        .extracting("reason")
        .isEqualTo(Reason.LOG_REFUSED);
  }

  /** One hot place in a page that no image has. */
  private static byte[] log(Sha256Digest engine) {
    Recording recording =
        new Recording(
            List.of(new Recording.Page(0, Sha256Digest.of(noise(14, 4096)))),
            List.of(new Recording.Leader(0, 0, 1_000_000, 1)),
            List.of());
    return new TrainingLog(engine, List.of(recording)).encode();
  }

  private static PlatformResolved translated(PlatformResolved event, Sha256Digest log) {
    return with(
        event,
        null,
        ConversionOptions.NONE.translated(log),
        null,
        new Translated("c".repeat(64), List.of(), null, null));
  }

  private static PlatformResolved forced(PlatformResolved event) {
    return with(event, new ConversionChoice(List.of(), true), null, null, null);
  }

  private static PlatformResolved with(
      PlatformResolved event,
      @Nullable ConversionChoice choice,
      @Nullable ConversionOptions options,
      @Nullable Materialize materialize,
      @Nullable Translated translated) {
    return new PlatformResolved(
        event.requestId(),
        event.lane(),
        event.image(),
        event.platform(),
        event.manifest(),
        event.outcomes(),
        null,
        choice,
        options,
        materialize,
        null,
        translated);
  }

  private static List<ObjectInfo> markers() throws IOException {
    return store.list("bundles/").stream()
        .filter(object -> object.key().endsWith("/bundle.json"))
        .toList();
  }
}
