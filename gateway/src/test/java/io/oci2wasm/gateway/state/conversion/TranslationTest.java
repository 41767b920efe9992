package io.oci2wasm.gateway.state.conversion;

import static io.oci2wasm.gateway.state.SampleRequest.INDEX;
import static io.oci2wasm.gateway.state.SampleRequest.RISCV;
import static io.oci2wasm.gateway.state.SampleRequest.digest;
import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.Translated;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A bundle is trained, and another one with translations follows it. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class TranslationTest {
  private static final String PLAIN = "c".repeat(64);
  private static final SampleRequest REQUEST = new SampleRequest("app", 0);
  private static final ImageReference IMAGE =
      new ImageReference("r.example", "team/app", "1", INDEX);
  private static final Training TRAINING =
      new Training(List.of("sh -c 'a\nb'"), TrainingTime.DEFAULT, null, null);
  private static final TranslationRequested REQUESTED =
      TranslationRequested.of(
          new PlatformResolved(
              REQUEST.id(),
              Lane.PUSH,
              IMAGE,
              RISCV,
              new Descriptor(MediaTypes.OCI_MANIFEST, digest("app"), 5),
              2),
          PLAIN,
          TRAINING);
  private static final Translated TRANSLATED =
      new Translated(PLAIN, TRAINING.commands(), null, 3.25);

  private TestState state;
  private ConversionReader view;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    view = state.view();
    state.accept(REQUEST.everything());
  }

  @AfterEach
  void close() {
    state.close();
  }

  private static ReceivedEvent at(int second, PipelineEvent event) {
    return new ReceivedEvent(event, time(second));
  }

  private static ReceivedEvent started(int second, Stage stage) {
    return at(
        second, new StageStarted(REQUESTED.requestId(), Lane.BULK, stage, IMAGE, digest("app"), 1));
  }

  private static ReceivedEvent resolved() {
    return at(
        32,
        new PlatformResolved(
            REQUESTED.requestId(),
            Lane.BULK,
            IMAGE,
            RISCV,
            REQUESTED.manifest(),
            1,
            null,
            null,
            ConversionOptions.NONE.translated(digest("log")),
            null,
            null,
            TRANSLATED));
  }

  private static ReceivedEvent built() {
    return built(TRANSLATED);
  }

  private static ReceivedEvent built(Translated translated) {
    return at(
        34,
        new BundleBuilt(
            REQUESTED.requestId(),
            Lane.BULK,
            "d".repeat(64),
            IMAGE,
            RISCV,
            digest("app"),
            false,
            new BundleBuilt.StoredBundle(null, null, 9),
            new BundleBuilt.StoredRecipe(digest("recipe"), 7),
            new BundleBuilt.Layers(3, 0),
            1,
            translated));
  }

  private Conversion translation() throws Exception {
    return view.find(REQUESTED.requestId() + "-" + digest("app").hex()).orElseThrow();
  }

  @Test
  void shouldShowEachStageOfATranslation() throws Exception {
    // When
    state.accept(at(30, REQUESTED));
    Conversion waiting = translation();
    state.accept(started(31, Stage.TRANSLATE));
    Conversion training = translation();
    state.accept(resolved());
    Conversion trained = translation();
    state.accept(started(33, Stage.BUILD));
    state.accept(built());
    Conversion built = translation();

    // Then
    assertThat(List.of(waiting, training, trained, built))
        .extracting(one -> one.status().state(), one -> one.status().stage())
        .containsExactly(
            tuple(ConversionState.QUEUED, Stage.TRANSLATE),
            tuple(ConversionState.TRANSLATING, Stage.TRANSLATE),
            tuple(ConversionState.QUEUED, Stage.BUILD),
            tuple(ConversionState.BUILT, Stage.BUILD));
    assertThat(built.times().waitedMs()).isEqualTo(2000);
    assertThat(built.times().workedMs()).isEqualTo(2000);
    assertThat(built.status().result()).extracting(Result::translated).isEqualTo(TRANSLATED);
    assertThat(Json.MAPPER.valueToTree(built).path("translated").path("fasterBy").asDouble())
        .isEqualTo(3.25);
    assertThat(Json.MAPPER.valueToTree(built).has("fasterBy")).isFalse();
    assertThat(view.findRequest(REQUESTED.requestId()).orElseThrow())
        .extracting(Request::sender, Request::ended, Request::outcomes)
        .containsExactly("translate", true, 1);
  }

  @Test
  void shouldShowThatTranslationsUseVectors() throws Exception {
    // Given
    Translated vectors = new Translated(PLAIN, TRAINING.commands(), true, null);

    // When
    state.accept(List.of(at(30, REQUESTED), resolved(), built(vectors)));

    // Then
    JsonNode shown = Json.MAPPER.valueToTree(translation());
    assertThat(translation().status().result()).extracting(Result::translated).isEqualTo(vectors);
    assertThat(shown.path("translated").path("simd").asBoolean()).isTrue();
    assertThat(shown.path("translated").has("fasterBy")).isFalse();
    assertThat(shown.has("simd")).isFalse();
  }

  @Test
  void shouldShowTheSameInWhateverOrderItHears() throws Exception {
    // Given
    List<ReceivedEvent> all =
        new ArrayList<>(
            List.of(
                at(30, REQUESTED),
                started(31, Stage.TRANSLATE),
                resolved(),
                started(33, Stage.BUILD),
                built()));
    state.accept(all);
    Conversion expected = translation();
    Conversion plain = view.find(REQUEST.platformId()).orElseThrow();

    // When, Then
    Collections.reverse(all);
    try (TestState other = TestState.open()) {
      all.forEach(other::accept);
      other.accept(REQUEST.everything());
      assertThat(other.view().find(expected.id())).contains(expected);
      assertThat(other.view().find(plain.id())).contains(plain);
    }
    assertThat(plain.status().state()).isEqualTo(ConversionState.BUILT);
    assertThat(plain.status().result()).extracting(Result::translated).isNull();
  }

  @Test
  void shouldLeaveTheTagItsPushAndThePlainBundleWhereATrainingFails() throws Exception {
    // When
    state.accept(at(30, REQUESTED));
    state.accept(
        at(
            31,
            Endings.ofPlatform(
                REQUESTED,
                Stage.TRANSLATE,
                RISCV,
                digest("app"),
                Reason.TRAINING_FAILED,
                "it crashed",
                1,
                true)));

    // Then
    assertThat(translation().status().reason()).isEqualTo(Reason.TRAINING_FAILED);
    assertThat(view.findRequest(REQUESTED.requestId()).orElseThrow().ended()).isTrue();
    assertThat(view.find(REQUEST.platformId()).orElseThrow().status().state())
        .isEqualTo(ConversionState.BUILT);
    assertThat(
            new RequestReader(state.database())
                .tags(new RequestReader.Place("r.example", "team/app", null), 10, null)
                .items())
        .extracting(one -> one.request().id())
        .containsExactly(REQUEST.id());
  }
}
