package io.oci2wasm.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ConversionChoice;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImageIngested.PlatformFailure;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.runtime.work.IngestAgain;
import io.oci2wasm.runtime.work.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResolveHandlerTest {
  private static final Platform RISCV = Platform.parse("linux/riscv64");
  private static final String BATCH = "b".repeat(32);
  private static final String REQUEST = "0123456789abcdef0123456789abcdef";

  private final Documents documents = new Documents();
  private final ResolveHandler handler =
      new ResolveHandler(
          documents,
          new ConversionRules(List.of(RISCV), List.of()),
          new IngestAgain(Clock.systemUTC()));

  @Test
  void shouldSayForEachPlatformWhatBecomesOfIt() throws Exception {
    Descriptor riscv = documents.image("riscv64");
    Descriptor s390x = documents.image("s390x");

    List<PipelineEvent> events = resolve(documents.index(riscv, s390x), List.of());

    assertThat(events)
        .satisfiesExactly(
            event ->
                assertThat(event)
                    .isInstanceOfSatisfying(
                        PlatformResolved.class,
                        resolved -> {
                          assertThat(resolved.platform()).isEqualTo(RISCV);
                          assertThat(resolved.manifest()).isEqualTo(riscv);
                          assertThat(resolved.outcomes()).isEqualTo(2);
                        }),
            event ->
                assertThat(event)
                    .isInstanceOfSatisfying(
                        ConversionSkipped.class,
                        skipped -> {
                          assertThat(skipped.reason()).isEqualTo(Reason.NO_ENGINE);
                          assertThat(skipped.platform()).isEqualTo(Platform.parse("linux/s390x"));
                          assertThat(skipped.manifestDigest()).isEqualTo(s390x.digest());
                          assertThat(skipped.outcomes()).isEqualTo(2);
                        }));
  }

  @Test
  void shouldLeaveOutWhatRequestOrRulesDoNotWant() throws Exception {
    Descriptor riscv = documents.image("riscv64");
    Descriptor amd = documents.image("amd64");
    Descriptor arm = documents.image("arm64");
    Descriptor index = documents.index(riscv, amd, arm);
    ConversionChoice choice = new ConversionChoice(List.of(RISCV), true);

    List<PipelineEvent> chosen = resolve(handler("other/*"), event(index, List.of(), choice));
    List<PipelineEvent> ruled = resolve(handler("team/*"), event(index, List.of(), null));

    for (List<PipelineEvent> events : List.of(chosen, ruled)) {
      assertThat(events)
          .extracting(ResolveHandlerTest::platformAndReason)
          .containsExactly("linux/riscv64", "linux/amd64 excluded", "linux/arm64 no-engine");
    }
    assertThat(chosen.get(0).choice()).isEqualTo(choice);
    assertThat(chosen.get(0).batchId()).isEqualTo(BATCH);
    assertThat(((ConversionSkipped) chosen.get(1)).message())
        .isEqualTo("platform linux/amd64 is left out: the request wants [linux/riscv64]");
    assertThat(((ConversionSkipped) ruled.get(1)).message())
        .contains("conversion.rules[0] (repository: team/*) wants [linux/riscv64]");
  }

  @Test
  void shouldTellTheBuildTheOptionsOfTheRuleThatMatches() throws Exception {
    Descriptor index = documents.index(documents.image("riscv64"), documents.image("amd64"));
    GuestMemory memory = GuestMemory.parse("1g");
    ConversionRule rule =
        new ConversionRule(
            null,
            Glob.parse("team/*"),
            null,
            List.of(),
            null,
            memory,
            null,
            Materialize.ALWAYS,
            null);
    ResolveHandler handler =
        new ResolveHandler(
            documents,
            new ConversionRules(Platform.WITH_ENGINE, List.of(rule)),
            new IngestAgain(Clock.systemUTC()));

    List<PipelineEvent> ruled = resolve(handler, event(index, List.of()));
    List<PipelineEvent> other = resolve(handler("team/*"), event(index, List.of()));

    assertThat(ruled)
        .hasSize(2)
        .extracting(event -> ((PlatformResolved) event).options())
        .containsOnly(new ConversionOptions(memory));
    assertThat(ruled)
        .extracting(event -> ((PlatformResolved) event).materialize())
        .containsOnly(Materialize.ALWAYS);
    assertThat(((PlatformResolved) other.get(0)).options()).isNull();
    assertThat(((PlatformResolved) other.get(0)).materialize()).isNull();
  }

  /** Only one of the two engines makes use of vectors. */
  @Test
  void shouldWantVectorsWhereTheEngineMakesUseOfThem() throws Exception {
    // Given
    Descriptor index =
        documents.index(
            documents.image("riscv64"), documents.image("amd64"), documents.image("386"));
    Training training = new Training(List.of("ls"), TrainingTime.DEFAULT, null, true);
    ResolveHandler handler =
        new ResolveHandler(
            documents,
            new ConversionRules(Platform.WITH_ENGINE, null, training, List.of()),
            new IngestAgain(Clock.systemUTC()));

    // When
    List<PipelineEvent> events = resolve(handler, event(index, List.of()));

    // Then
    assertThat(events)
        .extracting(event -> ((PlatformResolved) event).training())
        .containsExactly(training.withoutVectors(), training, training);
  }

  private ResolveHandler handler(String repository) {
    ConversionRule rule =
        new ConversionRule(null, Glob.parse(repository), null, List.of(RISCV), null);
    return new ResolveHandler(
        documents,
        new ConversionRules(Platform.WITH_ENGINE, List.of(rule)),
        new IngestAgain(Clock.systemUTC()));
  }

  private static String platformAndReason(PipelineEvent event) {
    return event instanceof PlatformResolved resolved
        ? resolved.platform().toString()
        : ((ConversionSkipped) event).platform() + " " + ((ConversionSkipped) event).reason();
  }

  @Test
  void shouldReportWhatIngestCouldNotHaveUnderIngestsReason() throws Exception {
    Descriptor whole = documents.image("riscv64");
    Descriptor layerless = documents.image("riscv64", "other");
    Descriptor missing = new Descriptor(MediaTypes.OCI_MANIFEST, Sha256Digest.of(new byte[9]), 9);
    List<PlatformFailure> failures =
        List.of(
            new PlatformFailure(layerless, RISCV, Reason.DIGEST_MISMATCH, "layer"),
            new PlatformFailure(missing, null, Reason.UNAUTHORIZED, "refused"));

    List<PipelineEvent> events = resolve(documents.index(whole, layerless, missing), failures);

    assertThat(events.get(0)).isInstanceOf(PlatformResolved.class);
    assertThat(events.subList(1, 3))
        .extracting(ConversionFailed.class::cast)
        .extracting(
            ConversionFailed::manifestDigest,
            ConversionFailed::reason,
            ConversionFailed::message,
            ConversionFailed::stage)
        .containsExactly(
            tuple(layerless.digest(), Reason.DIGEST_MISMATCH, "layer", Stage.INGEST),
            tuple(missing.digest(), Reason.UNAUTHORIZED, "refused", Stage.INGEST));
  }

  @Test
  void shouldSkipAnUnknownSiblingUnderItsReason() throws Exception {
    Descriptor unknown =
        new Descriptor("application/vnd.example+json", Sha256Digest.of(new byte[3]), 3);

    List<PipelineEvent> events =
        resolve(documents.index(documents.image("riscv64"), unknown), List.of());

    assertThat(events.get(1))
        .isInstanceOfSatisfying(
            ConversionSkipped.class,
            skipped -> assertThat(skipped.reason()).isEqualTo(Reason.UNSUPPORTED_MEDIA_TYPE));
  }

  @Test
  void shouldRejectAnIndexOfNothing() throws Exception {
    Outcome outcome = handler.handle(event(documents.index(), List.of()));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Rejected.class,
            rejected -> assertThat(rejected.reason()).isEqualTo(Reason.NO_PLATFORM));
  }

  @Test
  void shouldHaveAnImageIngestedAgainWhoseContentHasLeftTheStore() throws Exception {
    Descriptor child = documents.image("riscv64");
    Descriptor index = documents.index(child, documents.image("s390x"));
    for (Descriptor lost : List.of(child, index)) {
      documents.contents.remove(lost.digest());
      ConversionChoice choice = new ConversionChoice(List.of(RISCV), true);
      ImageIngested event = event(index, List.of(), choice);

      Outcome outcome = handler.handle(event);

      assertThat(outcome)
          .isInstanceOfSatisfying(
              Outcome.Done.class,
              done ->
                  assertThat(done.events())
                      .singleElement()
                      .isInstanceOfSatisfying(
                          ImagePushed.class,
                          pushed -> {
                            assertThat(pushed.requestId()).isEqualTo(event.requestId());
                            assertThat(pushed.lane()).isEqualTo(event.lane());
                            assertThat(pushed.image()).isEqualTo(event.image());
                            assertThat(pushed.batchId()).isEqualTo(BATCH);
                            assertThat(pushed.choice()).isEqualTo(choice);
                          }));
    }
  }

  @Test
  void shouldEndARequestWhoseContentLeavesTheStoreAgainAndAgain() throws Exception {
    Descriptor index = documents.index(documents.image("riscv64"));
    documents.contents.remove(index.digest());
    ImageIngested event = event(index, List.of());
    for (int i = 0; i < 3; i++) {
      assertThat(handler.handle(event)).isInstanceOf(Outcome.Done.class);
    }

    Outcome outcome = handler.handle(event);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Rejected.class,
            rejected -> assertThat(rejected.reason()).isEqualTo(Reason.NOT_FOUND));
  }

  @Test
  void shouldTryAgainWhenTheStoreIsAway() throws Exception {
    Descriptor index = documents.index(documents.image("riscv64"));
    documents.away = true;

    Outcome outcome = handler.handle(event(index, List.of()));

    assertThat(outcome).isInstanceOf(Outcome.Retry.class);
  }

  private List<PipelineEvent> resolve(Descriptor root, List<PlatformFailure> failures) {
    return resolve(handler, event(root, failures));
  }

  private static List<PipelineEvent> resolve(ResolveHandler handler, ImageIngested event) {
    return ((Outcome.Done) handler.handle(event)).events();
  }

  private static ImageIngested event(Descriptor root, List<PlatformFailure> failures) {
    return event(root, failures, null);
  }

  private static ImageIngested event(
      Descriptor root, List<PlatformFailure> failures, @Nullable ConversionChoice choice) {
    return new ImageIngested(
        REQUEST,
        Lane.PUSH,
        ImageReference.parse("r.example/team/app:1").withDigest(root.digest()),
        root,
        new ImageIngested.Blobs(1, 1, 1),
        failures,
        choice == null ? null : BATCH,
        choice,
        List.of());
  }

  private static final class Documents implements ImageContent {
    private final Map<Sha256Digest, byte[]> contents = new HashMap<>();
    private boolean away;

    Descriptor image(String architecture) {
      return image(architecture, "");
    }

    Descriptor image(String architecture, String author) {
      Descriptor config =
          put(
              MediaTypes.OCI_CONFIG,
              "{\"os\":\"linux\",\"architecture\":\""
                  + architecture
                  + "\",\"author\":\""
                  + author
                  + "\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}");
      return put(
          MediaTypes.OCI_MANIFEST,
          "{\"schemaVersion\":2,\"config\":" + json(config) + ",\"layers\":[]}");
    }

    Descriptor index(Descriptor... children) {
      return put(
          MediaTypes.OCI_INDEX,
          Stream.of(children)
              .map(Documents::json)
              .collect(Collectors.joining(",", "{\"schemaVersion\":2,\"manifests\":[", "]}")));
    }

    private static String json(Descriptor descriptor) {
      return "{\"mediaType\":\""
          + descriptor.mediaType()
          + "\",\"digest\":\""
          + descriptor.digest()
          + "\",\"size\":"
          + descriptor.size()
          + "}";
    }

    private Descriptor put(String mediaType, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      contents.put(Sha256Digest.of(bytes), bytes);
      return new Descriptor(mediaType, Sha256Digest.of(bytes), bytes.length);
    }

    @Override
    public byte[] manifest(Descriptor descriptor) throws RejectedException, IOException {
      if (away) {
        throw new UnavailableException("the store is away", null);
      }
      byte[] content = contents.get(descriptor.digest());
      if (content == null) {
        throw new RejectedException(Reason.NOT_FOUND, descriptor.digest() + " is missing");
      }
      return content;
    }

    @Override
    public InputStream blob(Descriptor descriptor) throws RejectedException, IOException {
      return new ByteArrayInputStream(manifest(descriptor));
    }
  }
}
