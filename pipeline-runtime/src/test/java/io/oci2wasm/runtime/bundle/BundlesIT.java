package io.oci2wasm.runtime.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.api.recipe.Units;
import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.runtime.store.ObjectPart;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bundles that a real S3 server holds in pieces. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class BundlesIT {
  private static final String ID = "c".repeat(64);
  private static final String NAME = "bundle-cccccccccccc-linux-riscv64.data";
  private static final String ENGINE = "engines/" + "e".repeat(64);
  private static final String LARGE = "layers/" + "2".repeat(64) + "/3-none/data";
  private static final String LAYER = "layers/" + "1".repeat(64) + "/3-none/data";

  @TempDir private static Path directory;
  private static EmbeddedStore server;
  private static ObjectStore store;
  private static Bundles bundles;

  private final byte[] engine = new byte[300_000];
  private final byte[] layer = new byte[3_000_000];
  private byte[] module;
  private byte[] recipe;

  @BeforeAll
  static void start() throws Exception {
    server = EmbeddedStore.start(directory.resolve("s3"));
    store =
        ObjectStore.open(
            StoreConfig.DEFAULT.at(
                server.endpoint(), server.accessKeyIdFile(), server.secretAccessKeyFile()));
    store.ensureBucket();
    bundles = new Bundles(store);
  }

  @AfterAll
  static void stop() throws IOException {
    store.close();
    server.close();
  }

  /** Pieces in the recipe, of an engine, and frames of a layer: near ones, a far one, one twice. */
  @BeforeEach
  void write() throws Exception {
    Random random = new Random(7);
    random.nextBytes(engine);
    random.nextBytes(layer);
    store.put(ENGINE, engine);
    store.put(LAYER, layer);
    List<Piece> pieces = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    inline(pieces, bytes, "head");
    stored(pieces, bytes, ENGINE, engine, 5, 1_000);
    inline(pieces, bytes, "middle");
    stored(pieces, bytes, ENGINE, engine, 2_000, 290_000);
    stored(pieces, bytes, LAYER, layer, 0, 131_072);
    stored(pieces, bytes, LAYER, layer, 140_000, 200_000);
    stored(pieces, bytes, LAYER, layer, 2_900_000, 100_000);
    stored(pieces, bytes, LAYER, layer, 0, 1);
    inline(pieces, bytes, "tail");
    module = bytes.toByteArray();
    recipe = new Recipe(pieces).toJson();
    store.inventory().delete(ObjectKeys.bundleModuleStatement(ID));
    store.inventory().delete(ObjectKeys.bundleModule(ID));
    store.inventory().delete(ObjectKeys.bundleDataStatement(ID));
    store.put(ObjectKeys.bundleRecipe(ID), recipe);
    store.put(
        ObjectKeys.bundleProvenance(ID),
        "{\"_type\":\"t\",\"subject\":[{\"name\":\"recipe.json\"}],\"predicate\":{\"a\":1}}"
            .getBytes(StandardCharsets.UTF_8));
    store.put(
        ObjectKeys.bundleDescription(ID),
        Json.MAPPER.writeValueAsBytes(
            Map.of(
                "recipe",
                Map.of(
                    "digest",
                    Sha256Digest.of(recipe).toString(),
                    "size",
                    recipe.length,
                    "moduleSize",
                    module.length))));
  }

  private static void inline(List<Piece> pieces, ByteArrayOutputStream bytes, String text) {
    byte[] one = text.getBytes(StandardCharsets.UTF_8);
    pieces.add(new Piece.Inline(one));
    bytes.writeBytes(one);
  }

  private static void stored(
      List<Piece> pieces,
      ByteArrayOutputStream bytes,
      String key,
      byte[] object,
      int offset,
      int length) {
    pieces.add(
        new Piece.Stored(key, offset, Units.of(ByteBuffer.wrap(object, offset, length).slice())));
    bytes.write(object, offset, length);
  }

  private static StoredBundle bundle() throws IOException {
    return bundles.find(ID).orElseThrow();
  }

  private static byte[] read(long first, long length) throws IOException {
    try (InputStream in = bundle().open(first, length)) {
      return in.readAllBytes();
    }
  }

  @Test
  void shouldGiveEveryPartOfTheModule() throws Exception {
    assertThat(bundle().sizeBytes()).isEqualTo(module.length);
    assertThat(bundle().identity()).isEqualTo(Sha256Digest.of(recipe));
    assertThat(read(0, module.length)).isEqualTo(module);
    Random random = new Random(11);
    for (int i = 0; i < 60; i++) {
      int first = random.nextInt(module.length);
      int length = random.nextInt(i % 2 == 0 ? 100 : module.length) + 1;
      int end = Math.min(first + length, module.length);

      assertThat(read(first, end - first))
          .as("%s to %s", first, end)
          .isEqualTo(Arrays.copyOfRange(module, first, end));
    }
    assertThat(read(module.length, 0)).isEmpty();
    assertThatThrownBy(() -> read(1, module.length)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void shouldKeepTheModulesDigestOnceSomebodyHasReadAllOfIt() throws Exception {
    assertThat(bundle().moduleDigest()).isEmpty();
    try (InputStream in = bundle().open()) {
      in.skipNBytes(module.length - 1);
    }
    assertThat(bundle().moduleDigest()).isEmpty();
    assertThat(bundles.moduleStatement(ID)).isEmpty();

    try (InputStream in = bundle().open()) {
      long unused = in.transferTo(OutputStream.nullOutputStream());
    }

    Sha256Digest digest = Sha256Digest.of(module);
    assertThat(bundle().moduleDigest()).contains(digest);
    assertThat(new String(bundles.moduleStatement(ID).orElseThrow(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"_type\":\"t\",\"subject\":[{\"name\":\"bundle.wasm\",\"digest\":{\"sha256\":\""
                + digest.hex()
                + "\"},\"mediaType\":\"application/wasm\"}],\"predicate\":{\"a\":1}}");
  }

  @Test
  void shouldStoreTheSameBytesAsOneObject() throws Exception {
    bundles.materialize(ID);
    bundles.materialize(ID);

    assertThat(store.bytes(ObjectKeys.bundleModule(ID), module.length)).contains(module);
    assertThat(bundle().moduleDigest()).contains(Sha256Digest.of(module));
  }

  /** A layer that is worth copying, with a frame left out, between a head and an end. */
  private byte[] writeLarge() throws Exception {
    byte[] large = new byte[14 << 20];
    new Random(8).nextBytes(large);
    store.put(LARGE, large);
    List<Piece> pieces = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    inline(pieces, bytes, "head");
    stored(pieces, bytes, ENGINE, engine, 5, 290_000);
    stored(pieces, bytes, LARGE, large, 0, 131_072);
    stored(pieces, bytes, LARGE, large, 131_072, 1_000_000);
    stored(pieces, bytes, LARGE, large, 1_200_000, large.length - 1_200_000);
    stored(pieces, bytes, LAYER, layer, 7, 2_000_000);
    inline(pieces, bytes, "tail");
    recipe = new Recipe(pieces).toJson();
    store.put(ObjectKeys.bundleRecipe(ID), recipe);
    store.put(
        ObjectKeys.bundleDescription(ID),
        Json.MAPPER.writeValueAsBytes(
            Map.of("recipe", Map.of("digest", Sha256Digest.of(recipe).toString()))));
    return bytes.toByteArray();
  }

  @Test
  void shouldStoreTheBytesThatAreStreamedWhereTheStoreCopiesSome() throws Exception {
    byte[] expected = writeLarge();
    assertThat(new StoredFileParts(bundle()).copied()).isPositive();

    bundles.materialize(ID);

    assertThat(store.bytes(ObjectKeys.bundleModule(ID), expected.length)).contains(expected);
    assertThat(read(0, expected.length)).isEqualTo(expected);
    // Nobody has read what the store copied.
    assertThat(bundle().moduleDigest()).isEmpty();
    assertThat(uploads()).isEmpty();
  }

  private static List<StartedUpload> uploads() throws IOException {
    List<StartedUpload> uploads = new ArrayList<>();
    store.inventory().visitUploads(uploads::add);
    return uploads;
  }

  /** How many bytes of a bundle the store would copy. */
  private record StoredFileParts(StoredBundle bundle) {
    long copied() {
      return bundle.module().orElseThrow().parts(store.partBytes()).stream()
          .filter(ObjectPart.Copied.class::isInstance)
          .mapToLong(ObjectPart::sizeBytes)
          .sum();
    }
  }

  @Test
  void shouldLeaveNothingOfAModuleWhosePartIsGone() throws Exception {
    byte[] unused = writeLarge();
    store.inventory().delete(LARGE);

    assertThatThrownBy(() -> bundles.materialize(ID)).isInstanceOf(IOException.class);

    assertThat(store.head(ObjectKeys.bundleModule(ID))).isEmpty();
    assertThat(uploads()).isEmpty();
  }

  /** Neither are wrong bytes passed on, nor is the end reached. */
  @Test
  void shouldBreakWhereAnObjectIsDamagedShorterOrGone() throws Exception {
    byte[] damaged = layer.clone();
    damaged[200_000] ^= 1;
    store.put(LAYER, damaged);
    assertBroken("object store, reading " + LAYER + ", bytes 140000 to 271071: found others");
    store.put(LAYER, Arrays.copyOf(layer, 2_950_000));
    assertBroken("reading " + LAYER + ": found its end at byte 2950000, expected 3000000 bytes");
    store.put(LAYER, Arrays.copyOf(layer, 150_000));
    assertBroken("reading " + LAYER + ": found its end at byte 150000, expected 271072 bytes");
    // What is wanted begins behind the end, far from what was read before it and near to it.
    store.put(LAYER, Arrays.copyOf(layer, 340_000));
    assertBroken("reading " + LAYER + ": found its end at byte 2900000, expected 3000000 bytes");
    store.put(LAYER, Arrays.copyOf(layer, 131_072));
    assertBroken("reading " + LAYER + ": found its end at byte 140000, expected 271072 bytes");
    store.inventory().delete(LAYER);
    assertBroken("reading " + LAYER + ": found no such object, expected the part of a bundle");
    store.put(LAYER, layer);
    damaged = engine.clone();
    damaged[5] ^= 1;
    store.put(ENGINE, damaged);
    assertBroken("object store, reading " + ENGINE + ", bytes 5 to 1004: found others");
    assertThat(bundles.moduleStatement(ID)).isEmpty();
  }

  private void assertBroken(String message) throws IOException {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    assertThatThrownBy(
            () -> {
              try (InputStream in = bundle().open()) {
                in.transferTo(got);
              }
            })
        .isInstanceOf(DamagedBundleException.class)
        .hasMessageContaining(message);
    assertThat(got.size()).isLessThan(module.length);
    assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(module, got.size()));
  }

  /** As many as the client has connections, and some more: none may be kept. */
  @Test
  void shouldBreakWhereItIsReadAndNotWhereItIsOpened() throws Exception {
    byte[] damaged = engine.clone();
    damaged[5] ^= 1;
    store.put(ENGINE, damaged);
    for (int i = 0; i < 80; i++) {
      try (InputStream in = bundle().open(100, 10)) {
        assertThatThrownBy(in::read).isInstanceOf(DamagedBundleException.class);
      }
    }
  }

  @Test
  void shouldComputeADigestAnewWhoseStatementIsDamaged() throws Exception {
    for (String damaged : List.of("{}", "{", "{\"subject\":[{\"digest\":{\"sha256\":\"x\"}}]}")) {
      store.put(ObjectKeys.bundleModuleStatement(ID), damaged.getBytes(StandardCharsets.UTF_8));

      assertThat(bundle().moduleDigest()).isEmpty();
      assertThat(bundle().requireModuleDigest()).isEqualTo(Sha256Digest.of(module));
      assertThat(bundle().moduleDigest()).contains(Sha256Digest.of(module));
    }
  }

  @Test
  void shouldRefuseARecipeThatIsNotTheOneThatWasWritten() throws Exception {
    store.put(ObjectKeys.bundleRecipe(ID), new byte[recipe.length]);
    assertThatThrownBy(BundlesIT::bundle)
        .isInstanceOf(DamagedBundleException.class)
        .hasMessageContaining("as bundle.json says; convert the image again with force");
    store.inventory().delete(ObjectKeys.bundleRecipe(ID));
    assertThatThrownBy(BundlesIT::bundle).hasMessageContaining("found no such object");
    store.inventory().delete(ObjectKeys.bundleDescription(ID));
    assertThat(bundles.find(ID)).isEmpty();
  }

  /** Of a page that reads a bundle in ranges, each asks for it. */
  @Test
  void shouldSeeEachTimeWhatHasBecomeOfABundle() throws Exception {
    Bundles others = new Bundles(store);
    assertThat(others.find(ID)).isPresent();
    store.inventory().delete(ObjectKeys.bundleRecipe(ID));
    assertThatThrownBy(() -> others.find(ID)).hasMessageContaining("found no such object");
    store.put(ObjectKeys.bundleRecipe(ID), recipe);
    assertThat(others.find(ID)).isPresent();
    store.put(ObjectKeys.bundleRecipe(ID), new byte[recipe.length]);
    assertThatThrownBy(() -> others.find(ID)).hasMessageContaining("as bundle.json says");
    store.put(ObjectKeys.bundleRecipe(ID), recipe);
    split();
    assertThat(others.find(ID).orElseThrow().identity()).isEqualTo(Sha256Digest.of(recipe));
    assertThat(others.find(ID).orElseThrow().data()).isPresent();
    store.inventory().delete(ObjectKeys.bundleDescription(ID));
    assertThat(others.find(ID)).isEmpty();
  }

  @Test
  void shouldHoldNoConnectionOfStreamsThatAreClosedEarly() throws Exception {
    // As many as the client has connections, and some more.
    for (int i = 0; i < 80; i++) {
      InputStream in = bundle().open(0, module.length);
      assertThat(in.readNBytes(310_000)).hasSize(310_000);
      in.close();
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  /** The module is "head" and the first engine piece, the data file the rest. */
  private void split() throws Exception {
    List<Piece> all = Recipe.parse(recipe).pieces();
    recipe = new Recipe(all.subList(0, 2), all.subList(2, all.size())).toJson();
    store.put(ObjectKeys.bundleRecipe(ID), recipe);
    store.put(
        ObjectKeys.bundleDescription(ID),
        Json.MAPPER.writeValueAsBytes(
            Map.of(
                "platform",
                "linux/riscv64",
                "recipe",
                Map.of("digest", Sha256Digest.of(recipe).toString()))));
  }

  @Test
  void shouldGiveBothFilesOfASplitBundle() throws Exception {
    split();
    byte[] first = Arrays.copyOf(module, 1004);
    byte[] second = Arrays.copyOfRange(module, 1004, module.length);

    StoredFile data = bundle().data().orElseThrow();

    assertThat(bundle().sizeBytes()).isEqualTo(first.length);
    assertThat(read(0, first.length)).isEqualTo(first);
    assertThatThrownBy(() -> read(0, first.length + 1L))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(data.sizeBytes()).isEqualTo(second.length);
    try (InputStream in = data.open(7, 100)) {
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(second, 7, 107));
    }
    assertThat(data.digest()).isEmpty();
    try (InputStream in = data.open()) {
      assertThat(in.readAllBytes()).isEqualTo(second);
    }
    assertThat(bundle().moduleDigest()).isEmpty();
    assertThat(bundle().requireModuleDigest()).isEqualTo(Sha256Digest.of(first));
    assertThat(new String(bundles.dataStatement(ID).orElseThrow(), StandardCharsets.UTF_8))
        .contains("\"name\":\"" + NAME + "\"", Sha256Digest.of(second).hex());
    SplitBundle same = bundle().split("another.data").orElseThrow();
    try (InputStream in = same.module().open(0, same.module().sizeBytes())) {
      assertThat(in.readAllBytes()).isEqualTo(first);
    }
    assertThat(same.data().sizeBytes()).isEqualTo(second.length);
    assertThat(
            new String(
                bundle().statementAbout(new Descriptor("m", Sha256Digest.of(recipe), 1)),
                StandardCharsets.UTF_8))
        .containsSubsequence(
            "\"manifest\"", "\"bundle.wasm\"", Sha256Digest.of(first).hex(), NAME, "\"predicate\"");
  }

  @Test
  void shouldStoreBothFilesOfASplitBundle() throws Exception {
    split();

    bundles.materialize(ID);

    assertThat(store.bytes(ObjectKeys.bundleModule(ID), module.length))
        .contains(Arrays.copyOf(module, 1004));
    assertThat(store.bytes(ObjectKeys.bundleData(ID, NAME), module.length))
        .contains(Arrays.copyOfRange(module, 1004, module.length));
    assertThat(bundle().data().orElseThrow().digest())
        .contains(Sha256Digest.of(Arrays.copyOfRange(module, 1004, module.length)));
  }

  @Test
  void shouldHaveNoDataFileInOneFile() throws Exception {
    assertThat(bundle().data()).isEmpty();
    assertThat(bundles.dataStatement(ID)).isEmpty();
  }

  @Test
  void shouldReadBundlesOfTheVersionBefore() throws Exception {
    store.put(ObjectKeys.bundleModule(ID), module);
    store.put(
        ObjectKeys.bundleDescription(ID),
        Json.MAPPER.writeValueAsBytes(
            Map.of(
                "bundle",
                Map.of("digest", Sha256Digest.of(module).toString(), "size", module.length))));

    assertThat(bundle().identity()).isEqualTo(Sha256Digest.of(module));
    assertThat(bundle().moduleDigest()).contains(Sha256Digest.of(module));
    assertThat(read(0, module.length)).isEqualTo(module);
    assertThat(read(100, 7)).isEqualTo(Arrays.copyOfRange(module, 100, 107));
    try (InputStream in = bundle().open()) {
      assertThat(in.readAllBytes()).isEqualTo(module);
    }
    assertThat(bundle().split("app.data")).isEmpty();
    store.put(ObjectKeys.bundleModule(ID), new byte[3]);
    assertThatThrownBy(BundlesIT::bundle).hasMessageContaining("found 3 bytes, expected");
    store.inventory().delete(ObjectKeys.bundleModule(ID));
    assertThat(bundles.find(ID)).isEmpty();
  }
}
