package io.oci2wasm.gateway.state.conversion;

import static io.oci2wasm.gateway.state.SampleRequest.digest;
import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchEntry;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is pushed without a tag belongs to the index that comes after it. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class ChildrenTest {
  private static final Sha256Digest PLATFORM = digest("index");
  private static final Sha256Digest ATTESTATION = digest("attestation");

  /** Its repository is team/index. */
  private final SampleRequest index = new SampleRequest("index", 10);

  private TestState state;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
  }

  @AfterEach
  void close() {
    state.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldShowTheIndexAloneWhateverTheOrderOfEvents(long seed) throws Exception {
    Push platform = new Push("distribution", Lane.PUSH, "team/index", null, PLATFORM, 1);
    Push attestation = new Push("harbor", Lane.PUSH, "team/index", null, ATTESTATION, 2);
    List<ReceivedEvent> events = new ArrayList<>(index());
    events.addAll(
        List.of(platform.event(), platform.skipped(), attestation.event(), attestation.skipped()));
    List<ReceivedEvent> disturbed = new ArrayList<>(events);
    disturbed.addAll(events);
    Random random = new Random(seed);
    Collections.shuffle(disturbed, random);

    for (int start = 0, end; start < disturbed.size(); start = end) {
      end = Math.min(disturbed.size(), start + 1 + random.nextInt(5));
      state.accept(disturbed.subList(start, end));
    }

    assertThat(shown()).containsOnly(index.id());
    assertThat(partOf(platform)).isEqualTo(index.id());
    assertThat(partOf(attestation)).isEqualTo(index.id());
    assertThat(state.view().partsAmong(List.of(index.id())))
        .containsExactlyInAnyOrder(platform.id(), attestation.id());
  }

  @Test
  void shouldShowAChildUntilItsIndexComes() throws Exception {
    Push platform = new Push("distribution", Lane.PUSH, "team/index", null, PLATFORM, 1);

    state.accept(platform.event());
    List<String> before = shown();
    state.accept(index());
    state.accept(platform.skipped());

    assertThat(before).containsExactly(platform.id());
    assertThat(shown()).containsOnly(index.id());
    assertThat(state.view().findRequest(platform.id()))
        .hasValueSatisfying(request -> assertThat(request.conversions()).isEmpty());
  }

  /** Somebody wanted these by themselves. */
  @Test
  void shouldKeepWhatWasAskedForByItself() throws Exception {
    List<Push> own =
        List.of(
            new Push("distribution", Lane.PUSH, "team/index", "1", PLATFORM, 1),
            new Push("distribution", Lane.PUSH, "team/other", null, PLATFORM, 1),
            new Push("distribution", Lane.PUSH, "team/index", null, digest("no child"), 1),
            new Push("distribution", Lane.PUSH, "team/index", null, PLATFORM, 11),
            new Push(BatchEntry.SENDER, Lane.BULK, "team/index", null, PLATFORM, 1),
            new Push("api", Lane.PUSH, "team/index", null, PLATFORM, 1));

    own.forEach(push -> state.accept(push.event()));
    state.accept(index());

    assertThat(shown()).containsAll(own.stream().map(Push::id).toList());
    assertThat(state.view().partsAmong(own.stream().map(Push::id).toList())).isEmpty();
  }

  @Test
  void shouldBelongToTheFirstOfSeveralIndexes() throws Exception {
    Push platform = new Push("distribution", Lane.PUSH, "team/index", null, PLATFORM, 1);
    Push again = new Push("zot", Lane.PUSH, "team/index", "later", digest("second"), 20);
    state.accept(platform.event());
    state.accept(again.event());
    state.accept(again.ingested(PLATFORM));

    String first = partOf(platform);
    state.accept(index());

    assertThat(first).isEqualTo(again.id());
    assertThat(partOf(platform)).isEqualTo(index.id());
  }

  private List<ReceivedEvent> index() {
    return List.of(
        index.pushed(),
        index.started(),
        index.ingested(PLATFORM, ATTESTATION),
        index.resolved(),
        index.skipped(),
        index.built(14, false));
  }

  private @Nullable String partOf(Push push) throws IOException {
    return state.view().findRequest(push.id()).orElseThrow().partOf();
  }

  private List<String> shown() throws IOException {
    return state.view().list(ConversionFilter.ANY, 99, null).items().stream()
        .map(Conversion::requestId)
        .toList();
  }

  /** A push of one manifest. */
  private record Push(
      String sender,
      Lane lane,
      String repository,
      @Nullable String tag,
      Sha256Digest digest,
      int second) {
    String id() {
      return RequestIds.of(sender, "r.example", toString());
    }

    private ImageReference image() {
      return new ImageReference("r.example", repository, tag, digest);
    }

    private ImagePushed pushed() {
      return new ImagePushed(id(), lane, sender, image(), null, time(second));
    }

    ReceivedEvent event() {
      return new ReceivedEvent(pushed(), time(second));
    }

    ReceivedEvent skipped() {
      return new ReceivedEvent(
          Endings.ofRequest(pushed(), Stage.RESOLVE, Reason.ATTESTATION, "no image"),
          time(second + 1));
    }

    ReceivedEvent ingested(Sha256Digest... children) {
      return new ReceivedEvent(
          new ImageIngested(
              id(),
              lane,
              image(),
              new Descriptor(MediaTypes.OCI_INDEX, digest, 5),
              new ImageIngested.Blobs(1, 1, 1),
              List.of(),
              null,
              null,
              List.of(children)),
          time(second + 1));
    }
  }
}
