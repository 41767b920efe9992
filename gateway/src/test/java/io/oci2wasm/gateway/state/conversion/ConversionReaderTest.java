package io.oci2wasm.gateway.state.conversion;

import static io.oci2wasm.gateway.state.SampleRequest.INDEX;
import static io.oci2wasm.gateway.state.SampleRequest.RISCV;
import static io.oci2wasm.gateway.state.SampleRequest.S390X;
import static io.oci2wasm.gateway.state.SampleRequest.digest;
import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class ConversionReaderTest {
  private TestState state;
  private ConversionReader view;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    view = state.view();
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void shouldShowARequestAloneUntilItsPlatformsAreKnown() throws Exception {
    SampleRequest request = new SampleRequest("one", 0);

    state.accept(request.pushed());
    List<Conversion> queued = all();
    state.accept(request.started());
    List<Conversion> ingesting = all();
    state.accept(request.ingested());
    state.accept(request.resolved());
    List<Conversion> resolved = all();

    assertThat(queued)
        .extracting(Conversion::id, one -> one.status().state())
        .containsExactly(tuple(request.id(), ConversionState.QUEUED));
    assertThat(ingesting)
        .extracting(one -> one.status().state())
        .containsExactly(ConversionState.INGESTING);
    assertThat(resolved)
        .extracting(Conversion::id, one -> one.status().state(), one -> one.target().platform())
        .containsExactly(tuple(request.platformId(), ConversionState.QUEUED, RISCV));
  }

  @Test
  void shouldShowEachPlatformOnceThoughItsBundleIsAnnouncedTwice() throws Exception {
    SampleRequest request = new SampleRequest("one", 0);

    state.accept(request.everything());

    assertThat(all())
        .extracting(
            one -> one.target().platform(),
            one -> one.status().state(),
            one -> one.status().reused(),
            one -> one.status().layers())
        .containsExactlyInAnyOrder(
            tuple(RISCV, ConversionState.BUILT, false, new BundleBuilt.Layers(3, 2)),
            tuple(S390X, ConversionState.SKIPPED, null, null));
    assertThat(all()).extracting(one -> one.times().queuedAt()).containsOnly(time(0));
  }

  @Test
  void shouldKeepARequestThatEndedAsAWhole() throws Exception {
    SampleRequest request = new SampleRequest("one", 0);
    state.accept(request.pushed());

    state.accept(request.failed());

    assertThat(all())
        .singleElement()
        .satisfies(
            conversion -> {
              assertThat(conversion.id()).isEqualTo(request.id());
              assertThat(conversion.status().state()).isEqualTo(ConversionState.FAILED);
              assertThat(conversion.status().reason()).isEqualTo(Reason.NOT_FOUND);
              assertThat(conversion.status().message()).isEqualTo("gone");
              assertThat(conversion.times().updatedAt()).isEqualTo(time(9));
            });
    assertThat(view.find(request.id()))
        .map(one -> one.status().state())
        .contains(ConversionState.FAILED);
  }

  @Test
  void shouldFindAPlatformByItsIdOnly() throws Exception {
    SampleRequest request = new SampleRequest("one", 0);
    request.everything().forEach(state::accept);

    assertThat(view.find(request.platformId()))
        .hasValueSatisfying(c -> assertThat(c.conversionId()).isEqualTo("c".repeat(64)));
    assertThat(view.find(request.id())).isEmpty();
    assertThat(view.find("nothing")).isEmpty();
    assertThat(view.find("f".repeat(32) + "-000000000000")).isEmpty();
  }

  @Test
  void shouldPageNewestFirstWithoutGapsOrRepeats() throws Exception {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      SampleRequest request = new SampleRequest("r" + i, i / 2);
      request.everything().forEach(state::accept);
    }
    all().forEach(conversion -> expected.add(conversion.id()));

    List<String> paged = new ArrayList<>();
    String page = null;
    do {
      Page<Conversion> answer = view.list(ConversionFilter.ANY, 3, page);
      answer.items().forEach(conversion -> paged.add(conversion.id()));
      page = answer.next();
    } while (page != null);

    assertThat(paged).isEqualTo(expected).hasSize(14);
    assertThat(all())
        .extracting(one -> one.times().queuedAt())
        .isSortedAccordingTo(Collections.reverseOrder());
  }

  @Test
  void shouldFilter() throws Exception {
    SampleRequest one = new SampleRequest("one", 0);
    SampleRequest two = new SampleRequest("two", 1);
    one.everything().forEach(state::accept);
    state.accept(two.pushed());

    assertThat(filtered(new ConversionFilter(ConversionState.BUILT, null, null, null, null, null)))
        .containsExactly(one.platformId());
    assertThat(filtered(new ConversionFilter(null, Stage.INGEST, null, null, null, null)))
        .containsExactly(two.id());
    assertThat(filtered(new ConversionFilter(null, null, "team/*", null, null, null))).hasSize(3);
    assertThat(filtered(new ConversionFilter(null, null, "*t?o", null, null, null)))
        .containsExactly(two.id());
    assertThat(filtered(new ConversionFilter(null, null, "team_two?", null, null, null))).isEmpty();
    assertThat(filtered(new ConversionFilter(null, null, "team/two", null, null, null)))
        .containsExactly(two.id());
    assertThat(filtered(new ConversionFilter(null, null, null, digest("one"), null, null)))
        .containsExactly(one.platformId());
    assertThat(filtered(new ConversionFilter(null, null, null, INDEX, null, null))).hasSize(2);
    assertThat(filtered(new ConversionFilter(null, null, null, null, two.id(), null)))
        .containsExactly(two.id());
    assertThat(filtered(new ConversionFilter(ConversionState.FAILED, null, null, null, null, null)))
        .isEmpty();
  }

  /** Whether the batch or the images' own events come first. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldPageTheConversionsOfABatch(boolean batchFirst) throws Exception {
    SampleBatch batch = new SampleBatch(BatchRequested.Kind.RECONVERT);
    SampleBatch other = new SampleBatch(BatchRequested.Kind.RECONVERT, "a".repeat(32), 0);
    List<BatchEntered> entered = new ArrayList<>();
    List<ReceivedEvent> events = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      entered.addAll(List.of(batch.entered("r" + i), other.entered("r" + i)));
      SampleRequest request = batch.request("r" + i, i);
      events.addAll(i == 2 ? List.of(request.failed()) : request.everything());
      events.addAll(other.request("r" + i, i).everything());
      events.addAll(new SampleRequest("r" + i, i).everything());
    }
    if (batchFirst) {
      state.acceptBatches(entered);
      state.accept(events);
    } else {
      state.accept(events);
      state.acceptBatches(entered);
    }

    List<Conversion> found = new ArrayList<>();
    String page = null;
    do {
      Page<Conversion> answer = view.list(ofBatch(null, batch.id()), 2, page);
      found.addAll(answer.items());
      page = answer.next();
    } while (page != null);

    assertThat(found)
        .hasSize(9)
        .extracting(one -> one.times().queuedAt())
        .isSortedAccordingTo(Collections.reverseOrder());
    assertThat(found)
        .extracting(Conversion::requestId)
        .containsOnly(
            IntStream.range(0, 5)
                .mapToObj(i -> batch.request("r" + i, i).id())
                .toArray(String[]::new));
    assertThat(filtered(ofBatch(ConversionState.FAILED, batch.id())))
        .containsExactly(batch.request("r2", 2).id());
    assertThat(filtered(ofBatch(ConversionState.FAILED, other.id()))).isEmpty();
    assertThat(filtered(ofBatch(null, "c".repeat(32)))).isEmpty();
    assertThat(filtered(new ConversionFilter(null, null, "*r3", null, null, batch.id())))
        .containsExactlyInAnyOrderElementsOf(
            filtered(
                new ConversionFilter(null, null, null, null, batch.request("r3", 3).id(), null)));
  }

  private static ConversionFilter ofBatch(@Nullable ConversionState state, String batch) {
    return new ConversionFilter(state, null, null, null, null, batch);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "!!!", "MjAyNi0xMS0yNFQxMDowMDowMFogc2hvcnQ"})
  void shouldRejectAPageOfItsOwnInvention(String page) {
    assertThatThrownBy(() -> view.list(ConversionFilter.ANY, 50, page))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + page + "\"");
  }

  private List<Conversion> all() throws IOException {
    return view.list(ConversionFilter.ANY, 500, null).items();
  }

  private List<String> filtered(ConversionFilter filter) throws IOException {
    return view.list(filter, 50, null).items().stream().map(Conversion::id).toList();
  }

  @Test
  void shouldTellTheStatesThatAConversionHasHad() throws Exception {
    SampleRequest request = new SampleRequest("one", 0);
    state.accept(request.everything());

    Conversion conversion = view.find(request.platformId()).orElseThrow();
    Request whole = view.findRequest(request.id()).orElseThrow();

    assertThat(conversion.history())
        .extracting(HistoryEntry::state, HistoryEntry::stage, HistoryEntry::time)
        .containsExactly(
            tuple(ConversionState.QUEUED, Stage.BUILD, time(3)),
            tuple(ConversionState.BUILDING, Stage.BUILD, time(4)),
            tuple(ConversionState.BUILT, Stage.BUILD, time(4)));
    assertThat(whole.history())
        .extracting(HistoryEntry::state, HistoryEntry::stage)
        .containsExactly(
            tuple(ConversionState.QUEUED, Stage.INGEST),
            tuple(ConversionState.INGESTING, Stage.INGEST),
            tuple(ConversionState.QUEUED, Stage.RESOLVE),
            tuple(ConversionState.RESOLVING, Stage.RESOLVE));
    assertThat(whole.conversions()).extracting(Conversion::id).contains(request.platformId());
    assertThat(whole.conversions()).extracting(Conversion::history).doesNotContainNull();
    assertThat(whole.sender()).isEqualTo("test");
  }

  @Test
  void shouldEndARequestWithItsLastOutcomeOnly() throws Exception {
    SampleRequest request = new SampleRequest("one", 0);
    state.accept(List.of(request.pushed(), request.resolved(), request.built(4, false)));
    Request open = view.findRequest(request.id()).orElseThrow();

    state.accept(request.skipped());
    Request ended = view.findRequest(request.id()).orElseThrow();

    assertThat(open.outcomes()).isEqualTo(2);
    assertThat(open.ended()).isFalse();
    assertThat(ended.ended()).isTrue();
    assertThat(view.findRequest("f".repeat(32))).isEmpty();
  }
}
