package io.oci2wasm.cli.pipeline;

import static io.oci2wasm.cli.pipeline.PipelineClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.cli.Cli;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.ingest.RegistriesConfig;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import run.endive.wasm.Parser;
import run.endive.wasm.types.CodeSection;

/** Behind a bundle that is trained comes one with translations, through the whole pipeline. */
@Timeout(1800)
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class TranslateIT {
  private static final Duration PATIENCE = Duration.ofMinutes(20);
  private static final String WORK = "i=0; while [ $i -lt 4000 ]; do i=$((i + 1)); done; echo $i";
  private static final String COMMAND = "sh -c '" + WORK + "'";
  private static final Pattern TRANSLATED =
      Pattern.compile("stats: (\\d+) of them translated, (\\d+) functions in the bundle\n");
  private static final Pattern SAME =
      Pattern.compile("stats: (\\d+ guest instructions, \\d+ before|memory [0-9a-f]{16})");

  private static final Sha256Digest ANOTHER_ENGINE = Sha256Digest.of(new byte[] {7});
  private static final int HOSTILE_PAGES = 16;
  private static final int HOSTILE_PLACES = 32;

  @TempDir private static Path directory;
  private static Pipeline pipeline;
  private static TestRegistry registry;
  private static PipelineClient client;
  private static ObjectStore store;

  @BeforeAll
  static void start() throws Exception {
    registry = TestRegistry.start();
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT
                .with(GatewayConfig.DEFAULT.onPort(0))
                .with(RegistriesConfig.DEFAULT.and(List.of(), List.of(registry.host())))
                .with(
                    new ConversionRules(
                        Platform.WITH_ENGINE,
                        List.of(
                            trained("team/trained", COMMAND),
                            trained("team/vectors", COMMAND, true),
                            trained("team/scalar", COMMAND),
                            trained("team/first", "sh -c '" + WORK + "; own'"),
                            trained("team/second", "true"),
                            trained("team/broken", "/there/is/none"),
                            trained("team/idle", "true")))),
            directory.resolve("data"));
    client = new PipelineClient(pipeline.address(), "unused");
    store = ObjectStore.open(pipeline.store());
  }

  private static ConversionRule trained(String repository, String command) {
    return trained(repository, command, null);
  }

  private static ConversionRule trained(String repository, String command, @Nullable Boolean simd) {
    return new ConversionRule(
        null,
        Glob.parse(repository),
        null,
        List.of(),
        null,
        null,
        null,
        null,
        new Training(List.of(command), TrainingTime.DEFAULT, null, simd));
  }

  @AfterAll
  static void stop() {
    store.close();
    pipeline.close();
    registry.close();
  }

  @Test
  void shouldBuildATranslatedBundleBehindThePlainOne() throws Exception {
    // Given
    Descriptor image = new SampleImage(registry, "team/trained").image("riscv64", "translate");
    Descriptor same = new SampleImage(registry, "team/plain").image("riscv64", "translate");
    JsonNode untrained = client.push(registry, "team/plain", same).get(0);

    // When
    JsonNode plain = push("team/trained", image, 1);
    JsonNode translated = translation("team/trained", 1);

    // Then
    String plainId = text(plain, "conversionId");
    String id = text(translated, "conversionId");
    assertThat(same.digest()).isEqualTo(image.digest());
    assertThat(plainId).isEqualTo(text(untrained, "conversionId"));
    assertThat(plain.has("translated")).isFalse();
    assertThat(id).isNotEqualTo(plainId);
    assertThat(text(translated, "state")).as(translated.toString()).isEqualTo("built");
    assertThat(text(translated, "lane")).isEqualTo("bulk");
    assertThat(text(translated.path("translated"), "from")).isEqualTo(plainId);
    assertThat(translated.path("translated").path("commands").get(0).asText()).isEqualTo(COMMAND);
    assertThat(translated.path("translated").path("fasterBy").asDouble()).isPositive();
    assertThat(text(plain, "updatedAt")).isLessThan(text(translated, "queuedAt"));
    expectTheSameRun(plainId, id);
    expectTheBytesThatConvertWrites(id, "team/trained", image);

    // And again: nothing is trained.
    List<String> before = bundles();
    assertThat(text(push("team/trained", image, 2), "reused")).isEqualTo("true");
    JsonNode again = translation("team/trained", 2);
    assertThat(text(again, "conversionId")).isEqualTo(id);
    assertThat(text(again, "reused")).isEqualTo("true");
    assertThat(bundles()).isEqualTo(before);

    // A new engine takes the log of an earlier one; only force runs the command again.
    Sha256Digest earlier = forgetThePresentEngine(plainId, id, image);
    JsonNode third = push("team/trained", image, 3);
    JsonNode upgraded = translation("team/trained", 3);
    assertThat(text(third, "conversionId")).isEqualTo(plainId);
    assertThat(text(upgraded, "state")).as(upgraded.toString()).isEqualTo("built");
    assertThat(text(upgraded, "conversionId")).isNotEqualTo(id);
    assertThat(Sha256Digest.of(log(text(upgraded, "conversionId")).encode())).isEqualTo(earlier);
    assertThat(upgraded.path("translated").path("fasterBy").asDouble()).isPositive();
    force(image);
    JsonNode forced = translation("team/trained", 4);
    assertThat(text(forced, "state")).isEqualTo("built");
    assertThat(text(forced, "conversionId")).isEqualTo(id);
    assertThat(forced.path("recipe")).isEqualTo(translated.path("recipe"));
    assertThat(bundles()).containsAll(before).hasSize(before.size() + 1);
    // Of one tag, the push is what was asked for last.
    JsonNode tag = api("/api/v1/tags?registry=" + registry.host() + "&repository=team/trained");
    assertThat(tag.path("items").get(0).path("request").path("sender").asText())
        .isNotEqualTo("translate");
    assertThat(client.conversions("team/plain")).hasSize(1);
  }

  /**
   * Leaves the store as it is when an earlier engine has trained the image, and this one has not.
   *
   * @return the digest of that engine's log
   */
  private static Sha256Digest forgetThePresentEngine(String plainId, String id, Descriptor image)
      throws Exception {
    TrainingLog own = log(id);
    byte[] earlier = new TrainingLog(ANOTHER_ENGINE, own.recordings()).encode();
    Sha256Digest digest = Sha256Digest.of(earlier);
    List<String> ofPresent =
        store.list(ObjectKeys.trainings(image.digest())).stream().map(ObjectInfo::key).toList();
    assertThat(ofPresent).hasSize(1).allMatch(key -> key.contains(hex(own)));
    String key = ofPresent.get(0);
    byte[] way = store.bytes(key, 1 << 12).orElseThrow();
    store.put(ObjectKeys.translation(digest), earlier);
    store.put(key.replace(hex(own), digest.hex()), way);
    List<String> beside =
        store.list(ObjectKeys.bundle(plainId) + "training-").stream().map(ObjectInfo::key).toList();
    assertThat(beside).hasSize(1);
    store.inventory().delete(List.of(key, beside.get(0)));
    return digest;
  }

  private static String hex(TrainingLog log) {
    return Sha256Digest.of(log.encode()).hex();
  }

  private static void expectTheSameRun(String plainId, String id) throws Exception {
    Cli.Result expected = run(plainId);
    Cli.Result found = run(id);
    assertThat(found.out()).isEqualTo("4000\n").isEqualTo(expected.out());
    assertThat(all(SAME, found.err())).hasSize(2).isEqualTo(all(SAME, expected.err()));
    Matcher translated = TRANSLATED.matcher(found.err());
    assertThat(translated.find()).as(found.err()).isTrue();
    assertThat(Long.parseLong(translated.group(1))).isGreaterThan(1_000_000);
    assertThat(expected.err()).doesNotContain("translated");
  }

  /** The command makes the same of the pipeline's log. */
  private static void expectTheBytesThatConvertWrites(
      String id, String repository, Descriptor image, String... words) throws Exception {
    Path file = Files.write(directory.resolve("log"), log(id).encode());
    Path module = directory.resolve("converted.wasm");
    List<Object> all =
        new ArrayList<>(
            List.of(
                "convert",
                registry.host() + "/" + repository + "@" + image.digest(),
                "--insecure-registry",
                registry.host(),
                "--train-log",
                file,
                "-o",
                module));
    all.addAll(List.of(words));
    Cli.Result converted = Cli.execute(all.toArray());
    assertThat(converted.exitCode()).as(converted.err()).isZero();
    assertThat(client.bundle(id).body()).isEqualTo(Files.readAllBytes(module));
  }

  /** The log that a bundle's options name. */
  private static TrainingLog log(String id) throws Exception {
    JsonNode description =
        Json.MAPPER.readTree(store.bytes(ObjectKeys.bundleDescription(id), 1 << 20).orElseThrow());
    Sha256Digest digest = Sha256Digest.parse(text(description.path("options"), "translation"));
    byte[] log = store.bytes(ObjectKeys.translation(digest), 32 << 20).orElseThrow();
    assertThat(Sha256Digest.of(log)).isEqualTo(digest);
    return TrainingLog.parse(log);
  }

  /** One log serves both; which bundle follows is the configuration's choice. */
  @Test
  void shouldBuildWithVectorsAndWithoutFromOneLog() throws Exception {
    // Given
    Descriptor image = new SampleImage(registry, "team/vectors").amd64("vectors");
    Descriptor same = new SampleImage(registry, "team/scalar").amd64("vectors");

    // When
    JsonNode plain = push("team/vectors", image, 1);
    JsonNode vectors = translation("team/vectors", 1);
    JsonNode samePlain = push("team/scalar", same, 1);
    JsonNode scalar = translation("team/scalar", 1);

    // Then
    assertThat(List.of(vectors, scalar))
        .allSatisfy(one -> assertThat(text(one, "state")).as(one.toString()).isEqualTo("built"));
    String plainId = text(plain, "conversionId");
    String id = text(vectors, "conversionId");
    String scalarId = text(scalar, "conversionId");
    assertThat(same.digest()).isEqualTo(image.digest());
    assertThat(text(samePlain, "conversionId")).isEqualTo(plainId);
    assertThat(Set.of(plainId, id, scalarId)).hasSize(3);
    assertThat(log(id)).isEqualTo(log(scalarId));
    assertThat(vectors.path("translated").path("simd").asBoolean()).isTrue();
    assertThat(vectors.path("translated").has("fasterBy")).isFalse();
    assertThat(scalar.path("translated").has("simd")).isFalse();
    assertThat(scalar.path("translated").path("fasterBy").asDouble()).isPositive();
    assertThat(vectorsIn(id)).isPositive();
    assertThat(vectorsIn(scalarId)).isZero();
    expectTheSameRun(plainId, scalarId);
    expectTheBytesThatConvertWrites(id, "team/vectors", image, "--train-simd");
    expectTheBytesThatConvertWrites(scalarId, "team/scalar", same);
    Path module = Files.write(directory.resolve("vectors.wasm"), client.bundle(id).body());
    Cli.Result refused = Cli.execute("run", module, "true");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("vectors.wasm: found translations with SIMD instructions");

    // And again: nothing is trained, also if only the bundle without vectors was.
    List<String> before = bundles();
    assertThat(trainingsOf(plainId)).hasSize(2);
    store.inventory().delete(vectorsOf(plainId));
    assertThat(text(push("team/vectors", image, 2), "reused")).isEqualTo("true");
    JsonNode again = translation("team/vectors", 2);
    assertThat(text(again, "conversionId")).isEqualTo(id);
    assertThat(text(again, "reused")).isEqualTo("true");
    assertThat(again.path("translated")).isEqualTo(vectors.path("translated"));
    assertThat(trainingsOf(plainId)).hasSize(1);

    // A new engine keeps the option.
    Sha256Digest earlier = forgetThePresentEngine(plainId, id, image);
    JsonNode unchanged = push("team/vectors", image, 3);
    JsonNode upgraded = translation("team/vectors", 3);
    String upgradedId = text(upgraded, "conversionId");
    assertThat(text(unchanged, "conversionId")).isEqualTo(plainId);
    assertThat(text(upgraded, "state")).as(upgraded.toString()).isEqualTo("built");
    assertThat(Sha256Digest.of(log(upgradedId).encode())).isEqualTo(earlier);
    assertThat(upgraded.path("translated")).isEqualTo(vectors.path("translated"));
    assertThat(upgradedId).isNotEqualTo(id);
    assertThat(vectorsIn(upgradedId)).isEqualTo(vectorsIn(id));
    assertThat(bundles()).containsAll(before).hasSize(before.size() + 1);
  }

  /** What is noted beside a plain bundle of its trainings. */
  private static List<String> trainingsOf(String plainId) throws Exception {
    return store.list(ObjectKeys.bundle(plainId) + "training-").stream()
        .map(ObjectInfo::key)
        .toList();
  }

  /** The one of the training with vectors: it has no figure. */
  private static List<String> vectorsOf(String plainId) throws Exception {
    List<String> found = new ArrayList<>();
    for (String key : trainingsOf(plainId)) {
      if (!Json.MAPPER.readTree(store.bytes(key, 1 << 12).orElseThrow()).has("fasterBy")) {
        found.add(key);
      }
    }
    assertThat(found).hasSize(1);
    return found;
  }

  /** How many instructions of a bundle are ones of vectors. */
  private static long vectorsIn(String id) throws Exception {
    CodeSection code = Parser.parse(client.bundle(id).body()).codeSection();
    return Stream.of(code.functionBodies())
        .flatMap(body -> body.instructions().stream())
        .filter(one -> one.opcode().name().matches("(V128|[IF]\\d+x\\d+)_.*"))
        .count();
  }

  /** The second image does nothing that is hot, and has nothing of the first one's own layer. */
  @Test
  void shouldBeginWithWhatAnotherImageHasLearntOfTheBase() throws Exception {
    // Given
    byte[] base = SampleImage.base("shared");
    byte[] own = new TestLayer().program("usr/local/bin/own", HotProgram.bytes()).tar();
    byte[] note = new TestLayer().file("note", new byte[] {1}).tar();
    Descriptor first = new SampleImage(registry, "team/first").imageOn("shared", own);
    Descriptor second = new SampleImage(registry, "team/second").imageOn("shared", note);
    Sha256Digest ownCode = Sha256Digest.of(HotProgram.hotPage());
    Sha256Digest planted = Sha256Digest.of(HotProgram.coldPage());
    plantHostileLogs(base, planted);

    // When
    JsonNode untrained = push("team/first", first, 1);
    JsonNode trained = translation("team/first", 1);
    Set<Sha256Digest> learntOfBase = learntOf(base);
    JsonNode plain = push("team/second", second, 1);
    JsonNode translated = translation("team/second", 1);

    // Then
    assertThat(List.of(untrained, trained, plain, translated))
        .allSatisfy(one -> assertThat(text(one, "state")).as(one.toString()).isEqualTo("built"));
    String id = text(translated, "conversionId");
    assertThat(log(text(trained, "conversionId")).pages())
        .contains(ownCode)
        .doesNotContain(planted);
    assertThat(learntOf(own)).containsExactly(ownCode);
    assertThat(learntOfBase).isNotEmpty().doesNotContain(ownCode);
    assertThat(log(id).pages())
        .containsAnyElementsOf(learntOfBase)
        .doesNotContain(ownCode, planted);
    assertThat(learntOf(base)).containsAll(learntOfBase).doesNotContain(ownCode);
    assertThat(logsOf(note)).isEmpty();
    assertThat(log(id).recordings()).anyMatch(TranslateIT::isHostile);
    expectTheSameRun(text(plain, "conversionId"), id);
    expectTheBytesThatConvertWrites(id, "team/second", second);
  }

  /**
   * One that says that all kinds of places in the shell's code are hot, and leads from each to any
   * other; one that tells of another layer's code; one that is cut off.
   */
  private static void plantHostileLogs(byte[] base, Sha256Digest ofAnotherLayer) throws Exception {
    Random random = new Random(13);
    List<Recording.Page> pages = new ArrayList<>();
    List<Recording.Leader> leaders = new ArrayList<>();
    List<Recording.Edge> edges = new ArrayList<>();
    byte[] shell = SampleImage.file(base, "bin/busybox");
    for (int page = 0; page < HOSTILE_PAGES; page++) {
      byte[] block = Arrays.copyOfRange(shell, page * 4096, (page + 1) * 4096);
      pages.add(new Recording.Page(4096L * page, Sha256Digest.of(block)));
      for (int i = 0; i < HOSTILE_PLACES; i++) {
        edges.add(new Recording.Edge(leaders.size(), random.nextInt(leaders.size() + 1)));
        leaders.add(new Recording.Leader(page, random.nextInt(4096), -1, i % 2));
      }
    }
    Recording hostile = new Recording(pages, leaders, edges);
    Recording foreign =
        new Recording(
            List.of(new Recording.Page(0, ofAnotherLayer)),
            List.of(new Recording.Leader(0, 120, -1, 0)),
            List.of());
    byte[] log = new TrainingLog(ANOTHER_ENGINE, List.of(hostile, foreign)).encode();
    byte[] cut = Arrays.copyOf(log, log.length - 1);
    for (byte[] one : List.of(log, cut)) {
      store.put(ObjectKeys.layerLog(Sha256Digest.of(base), Sha256Digest.of(one)), one);
    }
  }

  private static boolean isHostile(Recording recording) {
    return recording.leaders().stream().anyMatch(leader -> leader.count() == -1);
  }

  private static List<ObjectInfo> logsOf(byte[] layer) throws Exception {
    return store.list(ObjectKeys.layer(Sha256Digest.of(layer)) + "log-");
  }

  /** The pages of the only log of a layer. */
  private static Set<Sha256Digest> learntOf(byte[] layer) throws Exception {
    assertThat(logsOf(layer)).hasSize(1);
    return TrainingLog.parse(store.bytes(logsOf(layer).get(0).key(), 1 << 20).orElseThrow())
        .pages();
  }

  @Test
  void shouldKeepThePlainBundleIfTheTrainingFails() throws Exception {
    // Given
    Descriptor image = new SampleImage(registry, "team/broken").image("riscv64", "broken");

    // When
    JsonNode plain = push("team/broken", image, 1);
    JsonNode failed = translation("team/broken", 1);

    // Then
    assertThat(text(plain, "state")).isEqualTo("built");
    assertThat(client.bundle("HEAD", text(plain, "conversionId")).statusCode()).isEqualTo(200);
    assertThat(List.of(failed))
        .extracting(c -> text(c, "state"), c -> text(c, "stage"), c -> text(c, "reason"))
        .containsExactly(tuple("failed", "translate", "training-failed"));
    assertThat(text(failed, "message"))
        .contains("training by \"/there/is/none\": found exit code 127");
    JsonNode letters =
        await().atMost(PATIENCE).until(() -> letters(failed), found -> !found.isEmpty());
    assertThat(letters).hasSize(1);
    assertThat(text(letters.get(0), "stage")).isEqualTo("translate");
    assertThat(store.list("translations/")).noneMatch(one -> one.size() == 0);
  }

  @Test
  void shouldSkipWhatIsNotWorthATranslation() throws Exception {
    // Given
    Descriptor image = new SampleImage(registry, "team/idle").imageOn("of nothing hot");

    // When
    JsonNode plain = push("team/idle", image, 1);
    JsonNode skipped = translation("team/idle", 1);

    // Then
    assertThat(text(plain, "state")).isEqualTo("built");
    assertThat(List.of(skipped))
        .extracting(c -> text(c, "state"), c -> text(c, "reason"))
        .containsExactly(tuple("skipped", "nothing-hot"));
    assertThat(logsOf(SampleImage.base("of nothing hot"))).isEmpty();
    assertThat(letters(skipped)).isEmpty();
  }

  /** The newest plain conversion of a repository, when an image was pushed so often. */
  private static JsonNode push(String repository, Descriptor image, int count) throws Exception {
    String body = PipelineClient.notification(registry.host(), repository, image);
    assertThat(client.notify(body, "Bearer unused").statusCode()).isEqualTo(202);
    return newest(repository, "push", count);
  }

  /** The newest translation of a repository, when there are so many. */
  private static JsonNode translation(String repository, int count) {
    return newest(repository, "bulk", count);
  }

  private static JsonNode newest(String repository, String lane, int count) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              List<JsonNode> all =
                  client.conversions(repository).stream()
                      .filter(one -> text(one, "lane").equals(lane))
                      .toList();
              return client.haveEnded(all) ? all : List.<JsonNode>of();
            },
            ended -> ended.size() == count)
        .get(0);
  }

  private static void force(Descriptor image) throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(pipeline.address().resolve("/api/v1/conversions"))
                    .header("Content-Type", "application/json")
                    .POST(
                        HttpRequest.BodyPublishers.ofString(
                            Json.MAPPER.writeValueAsString(
                                Map.of(
                                    "image",
                                    registry.host() + "/team/trained@" + image.digest(),
                                    "force",
                                    true))))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
  }

  /** The dead letters of a conversion's request: of another topic, read soon after its end. */
  private static JsonNode letters(JsonNode conversion) throws Exception {
    return client.deadLetters("request=" + text(conversion, "requestId"));
  }

  private static JsonNode api(String path) throws Exception {
    return Json.MAPPER.readTree(client.get(path).body());
  }

  private static List<String> bundles() throws Exception {
    return store.list("bundles/").stream()
        .map(one -> one.key())
        .filter(key -> key.endsWith("/recipe.json"))
        .toList();
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  private static Cli.Result run(String id) throws Exception {
    Path module = Files.write(directory.resolve(id + ".wasm"), client.bundle(id).body());
    Cli.Result ended = Cli.script(module, WORK);
    assertThat(ended.exitCode()).isZero();
    return ended;
  }
}
