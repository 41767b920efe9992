package io.oci2wasm.api.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The JSON of every event, member by member, as docs/FORMATS.md has it: changing a line here breaks
 * readers.
 */
class EventJsonTest {
  private static final String REQUEST = RequestIds.of("distribution", "127.0.0.1:5000", "36ccbd89");
  private static final Sha256Digest DIGEST = Sha256Digest.of("m".getBytes(StandardCharsets.UTF_8));
  private static final ImageReference TAGGED =
      ImageReference.parse("127.0.0.1:5000/team/app:multi");
  private static final ImageReference IMAGE = TAGGED.withDigest(DIGEST);
  private static final Descriptor MANIFEST = new Descriptor(MediaTypes.OCI_MANIFEST, DIGEST, 405);
  private static final Platform PLATFORM = Platform.parse("linux/riscv64");

  static Stream<PipelineEvent> events() {
    return Stream.of(
        new ImagePushed(REQUEST, Lane.PUSH, "distribution", TAGGED, null, Instant.EPOCH),
        new ImageIngested(
            REQUEST, Lane.BULK, IMAGE, MANIFEST, new ImageIngested.Blobs(9, 4, 3145728), List.of()),
        new PlatformResolved(REQUEST, Lane.PUSH, IMAGE, PLATFORM, MANIFEST, 2),
        new BundleBuilt(
            REQUEST,
            Lane.PUSH,
            "c".repeat(64),
            IMAGE,
            PLATFORM,
            DIGEST,
            false,
            new BundleBuilt.StoredBundle("bundles/c/bundle.wasm", DIGEST, 7340032),
            new BundleBuilt.StoredRecipe(DIGEST, 2210),
            new BundleBuilt.Layers(3, 1),
            412),
        new BundleDelivered(
            REQUEST,
            Lane.PUSH,
            "c".repeat(64),
            IMAGE,
            PLATFORM,
            DIGEST,
            ImageReference.parse("127.0.0.1:5000/team/app:multi-wasm").withDigest(DIGEST),
            true),
        new ConversionSkipped(
            REQUEST, Lane.PUSH, Stage.RESOLVE, IMAGE, PLATFORM, DIGEST, Reason.NO_ENGINE, "why", 2),
        new ConversionFailed(
            REQUEST, Lane.PUSH, Stage.INGEST, TAGGED, null, null, Reason.NOT_FOUND, "why", null),
        new StageStarted(REQUEST, Lane.PUSH, Stage.INGEST, TAGGED, null, 1));
  }

  /** It is written as the golden file says, and read as it was. */
  private static void assertDocumented(PipelineEvent event, String name) throws IOException {
    String written = Json.MAPPER.writeValueAsString(event);
    assertThat(Json.MAPPER.readTree(written)).isEqualTo(golden(name));
    assertThat(Json.MAPPER.readValue(written, event.getClass())).isEqualTo(event);
  }

  private static JsonNode golden(String name) throws IOException {
    try (var in = EventJsonTest.class.getResourceAsStream("/events/" + name + ".json")) {
      return Json.MAPPER.readTree(in);
    }
  }

  @ParameterizedTest
  @MethodSource("events")
  void shouldWriteTheDocumentedJsonAndReadItBack(PipelineEvent event) throws Exception {
    assertDocumented(event, event.getClass().getSimpleName());
  }

  @Test
  void shouldTellTheDataFileOfASplitBundle() throws Exception {
    BundleBuilt.StoredBundle split =
        new BundleBuilt.StoredBundle(null, null, 7340032, new BundleBuilt.StoredData("a.data", 9));

    String written = Json.MAPPER.writeValueAsString(split);

    assertThat(written).isEqualTo("{\"size\":7340032,\"data\":{\"file\":\"a.data\",\"size\":9}}");
    assertThat(Json.MAPPER.readValue(written, BundleBuilt.StoredBundle.class)).isEqualTo(split);
  }

  @Test
  void shouldTellOfATrainingAndWhatItYieldsAsDocumented() throws Exception {
    Training training =
        new Training(List.of("sh -c 'make test'"), TrainingTime.parse("30s"), null, null);
    PlatformResolved plain =
        new PlatformResolved(
            REQUEST, Lane.PUSH, IMAGE, PLATFORM, MANIFEST, 2, null, null, null, null, training,
            null);
    TranslationRequested requested = TranslationRequested.of(plain, "c".repeat(64), training);
    PlatformResolved translated =
        new PlatformResolved(
            requested.requestId(),
            Lane.BULK,
            IMAGE,
            PLATFORM,
            MANIFEST,
            1,
            null,
            null,
            ConversionOptions.NONE.translated(DIGEST),
            null,
            null,
            new Translated("c".repeat(64), training.commands(), null, 3.25));

    assertDocumented(requested, "TranslationRequested");
    assertDocumented(translated, "PlatformResolved.translated");
    assertThat(Json.MAPPER.writeValueAsString(plain))
        .contains("\"training\":{\"commands\":[\"sh -c 'make test'\"],\"time\":30}");
    // A request of its own: the plain one has had its outcome.
    assertThat(requested.requestId()).isNotEqualTo(REQUEST);
    assertThat(TranslationRequested.of(plain, "c".repeat(64), training)).isEqualTo(requested);
    assertThat(requested.eventId())
        .isEqualTo(requested.requestId() + "/translation.requested/" + DIGEST.hex());
  }

  /** A worker that knows nothing of vectors leaves them out, and makes a bundle for every host. */
  @Test
  void shouldTellOfVectorsAsDocumented() throws Exception {
    Platform amd64 = Platform.parse("linux/amd64");
    Training training =
        new Training(List.of("sh -c 'make test'"), TrainingTime.parse("30s"), null, true);
    PlatformResolved plain =
        new PlatformResolved(
            REQUEST, Lane.PUSH, IMAGE, amd64, MANIFEST, 2, null, null, null, null, training, null);
    TranslationRequested requested = TranslationRequested.of(plain, "c".repeat(64), training);
    PlatformResolved translated =
        new PlatformResolved(
            requested.requestId(),
            Lane.BULK,
            IMAGE,
            amd64,
            MANIFEST,
            1,
            null,
            null,
            ConversionOptions.NONE.translated(DIGEST, true),
            null,
            null,
            new Translated("c".repeat(64), training.commands(), true, null));

    assertDocumented(requested, "TranslationRequested.simd");
    assertDocumented(translated, "PlatformResolved.translated.simd");
    assertThat(Json.MAPPER.treeToValue(golden("TranslationRequested"), TranslationRequested.class))
        .extracting(event -> event.training().wantsVectors())
        .isEqualTo(false);
    assertThat(new Training(training.commands(), training.time(), null, false))
        .isEqualTo(training.withoutVectors())
        .isEqualTo(training.on(PLATFORM))
        .isNotEqualTo(training.on(amd64));
    assertThat(new Translated("c".repeat(64), List.of(), false, null))
        .isEqualTo(new Translated("c".repeat(64), List.of(), null, null));
  }

  @Test
  void shouldRefuseATranslationOfNothing() {
    Translated translated = new Translated("c".repeat(64), List.of(), null, null);

    assertThatThrownBy(
            () ->
                new PlatformResolved(
                    REQUEST,
                    Lane.PUSH,
                    IMAGE,
                    PLATFORM,
                    MANIFEST,
                    1,
                    null,
                    null,
                    null,
                    null,
                    null,
                    translated))
        .hasMessageContaining("expected both or none to speak of a translation");
    assertThatThrownBy(() -> new Translated("c", List.of(), null, null))
        .hasMessageContaining("conversion id: found \"c\"");
    assertThatThrownBy(() -> new Translated("c".repeat(64), List.of(), null, 0.0))
        .hasMessage("fasterBy: found 0.0, expected a positive number");
  }

  @Test
  void shouldWriteWhatWasDeletedAsDocumented() throws Exception {
    ImageDeleted event = deleted(DIGEST, "multi");

    String written = Json.MAPPER.writeValueAsString(event);

    assertThat(Json.MAPPER.readTree(written)).isEqualTo(golden("ImageDeleted"));
    assertThat(Json.MAPPER.readValue(written, ImageDeleted.class)).isEqualTo(event);
  }

  @Test
  void shouldRefuseADeliveryWithoutAManifest() {
    assertThatThrownBy(
            () ->
                new BundleDelivered(
                    REQUEST, Lane.PUSH, "c".repeat(64), IMAGE, PLATFORM, DIGEST, TAGGED, true))
        .hasMessageContaining("delivered: found 127.0.0.1:5000/team/app:multi without a digest");
  }

  @Test
  void shouldReadAStartThatTellsNeitherPlatformNorTry() throws Exception {
    String old =
        "{\"requestId\": \""
            + REQUEST
            + "\", \"lane\": \"push\", \"stage\": \"build\", \"image\": {\"registry\":"
            + " \"127.0.0.1:5000\", \"repository\": \"team/app\", \"tag\": \"multi\"}}";

    StageStarted read = Json.MAPPER.readValue(old, StageStarted.class);

    assertThat(read)
        .isEqualTo(new StageStarted(REQUEST, Lane.PUSH, Stage.BUILD, TAGGED, null, null));
  }

  @Test
  void shouldRefuseAStartBeforeTheFirstTry() {
    assertThatThrownBy(() -> new StageStarted(REQUEST, Lane.PUSH, Stage.BUILD, TAGGED, DIGEST, 0))
        .hasMessageContaining("found attempt 0, expected 1 or more");
    assertThat(new StageStarted(REQUEST, Lane.PUSH, Stage.BUILD, IMAGE, DIGEST, 1).eventId())
        .isEqualTo(REQUEST + "/stage.started/build/" + DIGEST.hex());
  }

  @Test
  void shouldWriteWhichBundleWasRemovedAsDocumented() throws Exception {
    BundleRemoved event = new BundleRemoved("c".repeat(64), "count", Instant.EPOCH);

    String written = Json.MAPPER.writeValueAsString(event);

    assertThat(Json.MAPPER.readTree(written)).isEqualTo(golden("BundleRemoved"));
    assertThat(Json.MAPPER.readValue(written, BundleRemoved.class)).isEqualTo(event);
    assertThat(event.eventId()).isEqualTo("c".repeat(64) + "/bundle.removed/1970-01-01T00:00:00Z");
    assertThatThrownBy(() -> new BundleRemoved("../x", "count", Instant.EPOCH))
        .hasMessage("conversionId: found \"../x\", expected 64 hex digits");
  }

  @ParameterizedTest
  @MethodSource("batches")
  void shouldWriteBatchesAsDocumented(TopicEvent event) throws Exception {
    String written = Json.MAPPER.writeValueAsString(event);

    assertThat(Json.MAPPER.readTree(written)).isEqualTo(golden(event.getClass().getSimpleName()));
    assertThat(Json.MAPPER.readValue(written, event.getClass())).isEqualTo(event);
  }

  static Stream<TopicEvent> batches() {
    return Stream.of(
        new BatchRequested(
            REQUEST,
            BatchRequested.Kind.RECONVERT,
            "127.0.0.1:5000",
            List.of("team/*"),
            Instant.EPOCH,
            new ConversionChoice(List.of(PLATFORM), true),
            2.5,
            Instant.EPOCH),
        new BatchEntered(REQUEST, IMAGE),
        new BatchChanged(REQUEST, BatchChanged.Change.LISTED, null, Instant.EPOCH));
  }

  @Test
  void shouldCarryWhatABatchWantsThroughTheStages() throws Exception {
    ConversionChoice choice = new ConversionChoice(List.of(PLATFORM), true);
    ImagePushed event =
        new ImagePushed(
            REQUEST, Lane.BULK, "batch", IMAGE, null, Instant.EPOCH, "a".repeat(32), choice);

    String written = Json.MAPPER.writeValueAsString(event);

    assertThat(Json.MAPPER.readTree(written).get("choice"))
        .isEqualTo(Json.MAPPER.readTree("{\"platforms\": [\"linux/riscv64\"], \"force\": true}"));
    assertThat(Json.MAPPER.readValue(written, ImagePushed.class)).isEqualTo(event);
    assertThat(Json.MAPPER.writeValueAsString(new ConversionChoice(List.of(), false)))
        .isEqualTo("{}");
  }

  @Test
  void shouldCarryOptionsToTheBuildAndReadEventsWithoutThem() throws Exception {
    PlatformResolved plain = new PlatformResolved(REQUEST, Lane.PUSH, IMAGE, PLATFORM, MANIFEST, 2);
    PlatformResolved event =
        new PlatformResolved(
            REQUEST,
            Lane.PUSH,
            IMAGE,
            PLATFORM,
            MANIFEST,
            2,
            null,
            null,
            new ConversionOptions(GuestMemory.parse("512m")),
            Materialize.ALWAYS,
            null,
            null);
    ObjectNode expected = golden("PlatformResolved").deepCopy();
    expected.putObject("options").put("memory", 536870912);
    expected.put("materialize", "always");

    String written = Json.MAPPER.writeValueAsString(event);

    assertThat(Json.MAPPER.readTree(written)).isEqualTo(expected);
    assertThat(Json.MAPPER.readValue(written, PlatformResolved.class)).isEqualTo(event);
    assertThat(plain.optionsOrNone()).isEqualTo(ConversionOptions.NONE);
    assertThat(event.optionsOrNone()).isEqualTo(event.options());
  }

  @Test
  void shouldWriteDeadLettersAsDocumented() throws Exception {
    DeadLetter letter =
        letter(
            new DeadLetter.Origin("oci2wasm.image.pushed.v1.push", 3, 17),
            new RecordCopy(
                RecordCopy.encode("key".getBytes(StandardCharsets.UTF_8)),
                List.of(
                    RecordCopy.Header.of("ce_id", REQUEST.getBytes(StandardCharsets.UTF_8)),
                    new RecordCopy.Header("empty", null)),
                RecordCopy.encode(new byte[] {0, -1})));

    String written = Json.MAPPER.writeValueAsString(letter);

    assertThat(Json.MAPPER.readTree(written)).isEqualTo(golden("DeadLetter"));
    assertThat(Json.MAPPER.readValue(written, DeadLetter.class)).isEqualTo(letter);
  }

  @Test
  void shouldNameDeadLettersByWhereTheirRecordLay() {
    RecordCopy record = new RecordCopy(null, List.of(), "");

    assertThat(letter(new DeadLetter.Origin("t", 1, 2), record).eventId())
        .isEqualTo(DeadLetter.idOf("t/1/2".getBytes(StandardCharsets.UTF_8)))
        .isNotEqualTo(DeadLetter.idOf(new DeadLetter.Origin("t", 12, 2)));
  }

  @Test
  void shouldRefuseCopiesThatAreNoBase64() {
    assertThatThrownBy(() -> new RecordCopy(null, List.of(), "%"))
        .hasMessageContaining("value: found no base64");
    assertThatThrownBy(() -> new RecordCopy.Header("h", "%")).hasMessageContaining("header h");
  }

  private static DeadLetter letter(DeadLetter.Origin origin, RecordCopy record) {
    return new DeadLetter(
        DeadLetter.idOf(origin),
        new DeadLetter.Work(Stage.INGEST, Lane.PUSH, REQUEST, TAGGED),
        new DeadLetter.Failure(
            Reason.REGISTRY_UNAVAILABLE,
            "why",
            12,
            Instant.EPOCH,
            Instant.EPOCH.plusSeconds(86_400)),
        origin,
        record);
  }

  @Test
  void shouldTellOneDeletionFromAnother() {
    ImageDeleted whole = deleted(null, null);

    assertThat(deleted(DIGEST, null).eventId())
        .isEqualTo(deleted(DIGEST, null).eventId())
        .endsWith("/image.deleted/" + DIGEST.hex())
        .isNotEqualTo(deleted(DIGEST, "multi").eventId());
    assertThat(whole.eventId()).endsWith("/image.deleted/-");
    assertThat(whole.recordKey()).isEqualTo("127.0.0.1:5000/team/app");
    assertThat(deleted(DIGEST, null).recordKey()).isEqualTo(DIGEST.toString());
  }

  @Test
  void shouldRefuseDeletionsOfWhatNoImageIsCalled() {
    assertThatThrownBy(
            () -> new ImageDeleted("distribution", "r:1", "../x", null, null, Instant.EPOCH))
        .hasMessageContaining("repository: found \"../x\"");
  }

  private static ImageDeleted deleted(@Nullable Sha256Digest digest, @Nullable String tag) {
    return new ImageDeleted(
        "distribution", "127.0.0.1:5000", "team/app", digest, tag, Instant.EPOCH);
  }

  @Test
  void shouldGiveRepeatedAnnouncementsOneId() {
    List<String> ids = events().map(PipelineEvent::eventId).toList();

    assertThat(ids)
        .containsExactly(
            REQUEST,
            REQUEST,
            REQUEST + "/platform.resolved/" + DIGEST.hex(),
            REQUEST + "/bundle.built/" + DIGEST.hex(),
            REQUEST + "/bundle.delivered/" + DIGEST.hex(),
            REQUEST + "/conversion.skipped/" + DIGEST.hex(),
            REQUEST + "/conversion.failed/-",
            REQUEST + "/stage.started/ingest");
  }

  @Test
  void shouldKeyRecordsByDigestElseByRepository() {
    List<String> keys = events().map(PipelineEvent::recordKey).distinct().toList();

    assertThat(keys).containsExactly("127.0.0.1:5000/team/app", DIGEST.toString());
  }

  @Test
  void shouldDeriveTheRequestFromTheSendersEvent() {
    assertThat(REQUEST)
        .isEqualTo(RequestIds.of("distribution", "127.0.0.1:5000", "36ccbd89"))
        .isNotEqualTo(RequestIds.of("distribution", "127.0.0.1:5001", "36ccbd89"))
        .matches("[0-9a-f]{32}");
  }

  @Test
  void shouldRefuseEventsAfterIngestWithoutDigest() {
    assertThatThrownBy(
            () -> new PlatformResolved(REQUEST, Lane.PUSH, TAGGED, PLATFORM, MANIFEST, 1))
        .hasMessageContaining("expected one after ingest");
  }

  @Test
  void shouldRefuseForeignRequestIds() {
    assertThatThrownBy(() -> new StageStarted("../x", Lane.PUSH, Stage.INGEST, TAGGED, null, 1))
        .hasMessageContaining("expected 32 lower-case hex digits");
  }

  @Test
  void shouldReadNamesOfRegistriesInOneWay() throws Exception {
    ImageDeleted deletion =
        Json.MAPPER.readValue(
            "{\"sender\":\"distribution\",\"registry\":\"Registry.Example:443\","
                + "\"repository\":\"team/app\",\"tag\":\"1\",\"deletedAt\":\"2026-11-24T06:40:23Z\"}",
            ImageDeleted.class);
    BatchRequested batch =
        Json.MAPPER.readValue(
            "{\"batchId\":\"0123456789abcdef0123456789abcdef\",\"kind\":\"scan\",\"registry\":\"INDEX.docker.io\","
                + "\"requestedAt\":\"2026-11-24T06:40:23Z\"}",
            BatchRequested.class);

    assertThat(deletion.registry()).isEqualTo("registry.example");
    assertThat(batch.registry()).isEqualTo("docker.io");
  }
}
