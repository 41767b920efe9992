package io.oci2wasm.converter.convert;

import static io.oci2wasm.api.ConversionOptions.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.bundle.TestEngines;
import io.oci2wasm.converter.rootfs.TarBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recipes give the bytes that convert writes. */
class RecipeTest {
  private Path directory;
  private CountingStore store;
  private final MemoryRootfs filesystems = new MemoryRootfs();

  @BeforeEach
  void setUp(@TempDir Path temporary) throws IOException {
    directory = temporary;
    Files.createDirectory(directory.resolve("scratch"));
    store = new CountingStore(new DirectoryLayerStore(directory.resolve("store")));
  }

  /** Filesystems in memory. */
  private static final class MemoryRootfs implements RootfsStore {
    private final Map<Name, byte[]> layouts = new HashMap<>();
    private final Map<String, byte[]> metadata = new HashMap<>();

    @Override
    public Optional<RootfsLayout> find(Name name) throws IOException {
      byte[] json = layouts.get(name);
      return json == null ? Optional.empty() : Optional.of(RootfsLayout.parse(json));
    }

    @Override
    public void put(Name name, Path file, RootfsLayout layout) throws IOException {
      layouts.put(name, layout.toJson());
      metadata.put(
          ObjectKeys.rootfsMetadata(name.diffIds(), name.packer(), name.converter()),
          Files.readAllBytes(file));
    }
  }

  /** Counts layers that somebody opens. */
  private static final class CountingStore implements LayerStore {
    private final LayerStore store;
    private int found;

    CountingStore(LayerStore store) {
      this.store = store;
    }

    @Override
    public Optional<Sha256Digest> diffIdOf(Sha256Digest compressedBlob) throws IOException {
      return store.diffIdOf(compressedBlob);
    }

    @Override
    public void recordDiffId(Sha256Digest compressedBlob, Sha256Digest diffId) throws IOException {
      store.recordDiffId(compressedBlob, diffId);
    }

    @Override
    public synchronized Optional<StoredLayer> find(Sha256Digest diffId, String packerVersion)
        throws IOException {
      found++;
      return store.find(diffId, packerVersion);
    }

    @Override
    public LayerSink create(Sha256Digest diffId, String packerVersion) throws IOException {
      return store.create(diffId, packerVersion);
    }
  }

  private ImageConverter converter() {
    return new ImageConverter(store, ConverterSettings.withDefaults(directory.resolve("scratch")));
  }

  private RecipeResult recipe(TestImage image, Engine engine) throws Exception {
    return converter()
        .recipe(image.image(), image, engine, NONE, filesystems, ConversionEvent.Listener.NONE);
  }

  private byte[] converted(TestImage image, Engine engine) throws Exception {
    Path output = directory.resolve("out.wasm");
    ConversionResult unused =
        converter()
            .convert(image.image(), image, engine, NONE, output, ConversionEvent.Listener.NONE);
    return Files.readAllBytes(output);
  }

  private byte[] assembled(Recipe recipe, Engine engine) throws Exception {
    return assembled(recipe.pieces(), engine);
  }

  private byte[] assembled(List<Piece> pieces, Engine engine) throws Exception {
    ByteArrayOutputStream module = new ByteArrayOutputStream();
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Inline inline) {
        byte[] bytes = new byte[inline.bytes().remaining()];
        inline.bytes().get(bytes);
        module.writeBytes(bytes);
      } else if (piece instanceof Piece.Stored stored) {
        byte[] object = object(stored.object(), engine);
        int at = (int) stored.offset();
        for (int unit = 0; unit < stored.units().count(); unit++) {
          int size = stored.units().sizeBytes(unit);
          byte[] bytes = Arrays.copyOfRange(object, at, at + size);
          assertThat(stored.units().matches(unit, bytes)).isTrue();
          module.writeBytes(bytes);
          at += size;
        }
      }
    }
    return module.toByteArray();
  }

  private byte[] object(String key, Engine engine) throws IOException {
    if (key.equals(ObjectKeys.engine(engine.digest()))) {
      return engine.bytes();
    }
    byte[] metadata = filesystems.metadata.get(key);
    return metadata != null
        ? metadata
        : Files.readAllBytes(directory.resolve("store").resolve(key));
  }

  private void assertSame(TestImage image, Engine engine) throws Exception {
    RecipeResult result = recipe(image, engine);
    byte[] file = converted(image, engine);
    byte[] json = result.recipe().toJson();

    assertThat(assembled(Recipe.parse(json), engine)).isEqualTo(file);
    assertThat(Recipe.parse(json).toJson()).isEqualTo(json);
    assertThat(result.description().recipe())
        .isEqualTo(
            new BundleDescription.StoredRecipe(Sha256Digest.of(json), json.length, file.length));
    assertThat(result.description().bundle()).isNull();
    assertThat(new String(file, StandardCharsets.ISO_8859_1)).doesNotContain("\"recipe\":");
  }

  private static String text(int seed, int bytes) {
    StringBuilder text = new StringBuilder();
    Random random = new Random(seed);
    while (text.length() < bytes) {
      text.append((char) (' ' + random.nextInt(90)));
    }
    return text.toString();
  }

  private static TarBytes base() {
    return new TarBytes()
        .directory("etc")
        .file("etc/a", text(1, 300_000))
        .file("etc/b", text(2, 5000))
        .file("c", "c");
  }

  @Test
  void shouldGiveTheBytesThatConvertWrites() throws Exception {
    Engine engine = Engine.forPlatform(Platform.parse("linux/riscv64")).orElseThrow();
    assertSame(new TestImage().layer(base()), engine);
    // A shared base, of which a file is hidden, one linked and one replaced.
    assertSame(
        new TestImage()
            .layer(base())
            .layer(new TarBytes().file("etc/.wh.a", "").hardLink("linked", "etc/b"))
            .layer(new TarBytes().file("c", text(3, 140_000))),
        engine);
    // Nothing at all, and nothing but names.
    assertSame(new TestImage(), engine);
    assertSame(new TestImage().layer(new TarBytes().directory("d")), engine);
    TestImage many = new TestImage();
    for (int layer = 0; layer < 60; layer++) {
      many.layer(new TarBytes().file("f" + layer % 50, text(layer, 20_000 * (layer % 9))));
    }
    assertSame(many, engine);
    // The same layer twice.
    assertSame(new TestImage().layer(base()).layer(base()), TestEngines.engine());
  }

  /** What images share lies in the store once: also files that fill no block. */
  @Test
  void shouldHaveNoContentOfFilesInTheMetadataOfAnImage() throws Exception {
    TarBytes base = new TarBytes();
    for (int file = 0; file < 100; file++) {
      base.file("small" + file, text(file, 3000));
    }
    TestImage image = new TestImage().layer(base);

    RecipeResult result = recipe(image, TestEngines.engine());

    assertThat(filesystems.metadata.values())
        .singleElement()
        .satisfies(metadata -> assertThat(metadata).hasSizeLessThan(10_000));
    assertThat(assembled(result.recipe(), TestEngines.engine()))
        .isEqualTo(converted(image, TestEngines.engine()))
        .hasSizeGreaterThan(100 * 2000);
  }

  /** A converter whose modules and bundles may be of these sizes. */
  private RecipeResult recipe(TestImage image, long maxModuleBytes, long maxStoredBytes)
      throws Exception {
    ConverterSettings usual = ConverterSettings.withDefaults(directory.resolve("scratch"));
    ConverterSettings settings =
        new ConverterSettings(
            usual.scratch(),
            1,
            usual.limits(),
            maxModuleBytes,
            maxStoredBytes,
            usual.compression());
    return new ImageConverter(store, settings)
        .recipe(
            image.image(),
            image,
            TestEngines.engine(),
            NONE,
            filesystems,
            ConversionEvent.Listener.NONE);
  }

  @Test
  void shouldSplitAboveTheLimitOfAModuleAsConvertDoes() throws Exception {
    TestImage image = new TestImage().layer(base()).layer(new TarBytes().file("d", text(4, 9000)));
    long whole = recipe(image, TestEngines.engine()).recipe().sizeBytes();

    Recipe fits = recipe(image, whole, whole).recipe();
    RecipeResult result = recipe(image, whole - 1, 2 * whole);

    assertThat(fits.isSplit()).isFalse();
    Recipe split = Recipe.parse(result.recipe().toJson());
    assertThat(split.isSplit()).isTrue();
    assertThat(split.toJson()).isEqualTo(result.recipe().toJson());
    String id = result.description().conversionId();
    String name = "bundle-" + id.substring(0, 12) + "-linux-riscv64.data";
    BundleOutput output =
        new BundleOutput(
            directory.resolve(name.replace(".data", ".wasm")), BundleOutput.Splitting.ALWAYS);
    ConversionResult converted =
        converter()
            .convert(
                image.image(),
                image,
                TestEngines.engine(),
                NONE,
                output,
                ConversionEvent.Listener.NONE);
    assertThat(assembled(split.pieces(), TestEngines.engine()))
        .isEqualTo(Files.readAllBytes(output.module()));
    assertThat(assembled(split.data(), TestEngines.engine()))
        .isEqualTo(Files.readAllBytes(directory.resolve(name)));
    assertThat(result.description().data()).isEqualTo(converted.description().data());
    assertThat(result.description().data())
        .isNotNull()
        .returns(name, BundleDescription.Data::file)
        .returns(split.dataBytes(), BundleDescription.Data::size);
    assertThat(result.description().recipe())
        .isNotNull()
        .returns(split.sizeBytes(), BundleDescription.StoredRecipe::moduleSize);
    assertThat(split.objects()).containsExactlyInAnyOrderElementsOf(fits.objects());
  }

  @Test
  void shouldRefuseABundleWhoseFilesAreTooLargeTogether() throws Exception {
    TestImage image = new TestImage().layer(base());
    long whole = recipe(image, TestEngines.engine()).recipe().sizeBytes();
    RecipeResult split = recipe(image, whole - 1, 2 * whole);
    long both = split.recipe().sizeBytes() + split.recipe().dataBytes();

    assertThat(recipe(image, whole - 1, both).recipe().isSplit()).isTrue();
    assertThatThrownBy(() -> recipe(image, whole - 1, both - 1))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BUNDLE_TOO_LARGE))
        .hasMessageContaining("found " + both + " bytes, expected at most " + (both - 1))
        .hasMessageContaining("build.maxBundle");
  }

  @Test
  void shouldNameEveryObjectOnceAndTakeMostOfTheEngineFromItsObject() throws Exception {
    Engine engine = Engine.forPlatform(Platform.parse("linux/riscv64")).orElseThrow();

    Recipe recipe = recipe(new TestImage().layer(base()), engine).recipe();

    assertThat(recipe.objects())
        .hasSize(3)
        .contains(ObjectKeys.engine(engine.digest()))
        .allMatch(ObjectKeys::isPart);
    long inline =
        recipe.pieces().stream()
            .filter(Piece.Inline.class::isInstance)
            .mapToLong(Piece::sizeBytes)
            .sum();
    assertThat(inline).isLessThan(16 << 10);
  }

  @Test
  void shouldLookAtNoLayerForAnotherEngine() throws Exception {
    TestImage image = new TestImage().layer(base()).layer(new TarBytes().file("d", "d"));
    RecipeResult first = recipe(image, TestEngines.engine());
    int blobs = image.opened();
    store.found = 0;
    Engine other = Engine.forPlatform(Platform.parse("linux/riscv64")).orElseThrow();

    RecipeResult second = recipe(image, other);

    assertThat(store.found).isZero();
    assertThat(image.opened()).isEqualTo(blobs);
    assertThat(first.layersConverted()).isEqualTo(2);
    assertThat(second.layersConverted()).isZero();
    assertThat(assembled(second.recipe(), other)).isEqualTo(converted(image, other));
  }

  /** A config is written by whoever pushes: it may name another's layers. */
  @Test
  void shouldNotTakeAFilesystemForLayersThatNobodyHasSeenUnpacked() throws Exception {
    TarBytes hidden = base();
    RecipeResult unused = recipe(new TestImage().layer(hidden), TestEngines.engine());
    byte[] other = TarBytes.gzip(new TarBytes().file("other", "other").tar());
    TestImage claiming = new TestImage().layer(other, Sha256Digest.of(hidden.tar()));

    assertThatThrownBy(() -> recipe(claiming, TestEngines.engine())).hasMessageContaining("diffID");
  }

  @Test
  void shouldRefuseRecipesThatNameOtherThings() {
    for (String key :
        List.of(
            "bundles/" + "a".repeat(64) + "/bundle.wasm",
            "blobs/sha256/" + "a".repeat(64),
            "layers/" + "a".repeat(64) + "/3-none/index",
            "layers/" + "a".repeat(64) + "/../data",
            "engines/../claims/x")) {
      String json =
          "{\"schema\":1,\"size\":1,\"objects\":[\""
              + key
              + "\"],\"pieces\":[{\"object\":0,\"offset\":0,\"units\":\"AQAAAAAAAAA=\"}]}";
      assertThatThrownBy(() -> Recipe.parse(json.getBytes(StandardCharsets.UTF_8)))
          .as(key)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("expected an engine, a filesystem or a layer");
    }
  }

  @Test
  void shouldRefuseWhatIsNoRecipe() {
    String piece = "{\"object\":0,\"offset\":0,\"units\":\"AQAAAAAAAAA=\"}";
    String objects = "[\"engines/" + "a".repeat(64) + "\"]";
    for (String pieces :
        List.of(
            "[" + piece + "," + piece + "]",
            "[]",
            "[null]",
            "[{}]",
            "[{\"bytes\":\"%\"}]",
            "[{\"object\":1,\"offset\":0,\"units\":\"AQAAAAAAAAA=\"}]",
            "[{\"object\":0,\"offset\":-1,\"units\":\"AQAAAAAAAAA=\"}]",
            "[{\"object\":0,\"offset\":9223372036854775807,\"units\":\"AQAAAAAAAAA=\"}]",
            "[{\"object\":0,\"offset\":0,\"units\":\"AQAAAAAA\"}]",
            "[{\"object\":0,\"offset\":0,\"units\":\"AAAAAAAAAAA=\"}]",
            "[{\"object\":0,\"offset\":0,\"units\":\"AQACAAAAAAA=\"}]")) {
      String json =
          "{\"schema\":1,\"size\":1,\"objects\":" + objects + ",\"pieces\":" + pieces + "}";
      assertThatThrownBy(() -> Recipe.parse(json.getBytes(StandardCharsets.UTF_8)))
          .as(pieces)
          .isInstanceOf(IOException.class);
    }
    String module =
        "{\"schema\":2,\"size\":1,\"objects\":" + objects + ",\"pieces\":[" + piece + "]";
    for (String data :
        List.of(
            "",
            ",\"dataSize\":1",
            ",\"data\":[" + piece + "]",
            ",\"dataSize\":0,\"data\":[]",
            ",\"dataSize\":2,\"data\":[" + piece + "]",
            ",\"dataSize\":-1,\"data\":[" + piece + "]")) {
      assertThatThrownBy(() -> Recipe.parse((module + data + "}").getBytes(StandardCharsets.UTF_8)))
          .as(data)
          .isInstanceOf(IOException.class);
    }
    for (String json : List.of("", "null", "[]", "{}", "{\"schema\":2}")) {
      assertThatThrownBy(() -> Recipe.parse(json.getBytes(StandardCharsets.UTF_8)))
          .as(json)
          .isInstanceOf(IOException.class);
    }
  }
}
