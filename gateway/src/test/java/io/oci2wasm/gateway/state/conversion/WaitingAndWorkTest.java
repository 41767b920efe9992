package io.oci2wasm.gateway.state.conversion;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A conversion is at work only while somebody works on it, whatever the order of the events. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class WaitingAndWorkTest {
  private final SampleRequest request = new SampleRequest("one", 0);
  private TestState state;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void shouldWaitInEachStageUntilSomebodyTakesIt() throws Exception {
    List<Conversion> seen = new ArrayList<>();
    for (ReceivedEvent event : way()) {
      state.accept(event);
      seen.add(only());
    }

    assertThat(seen)
        .extracting(
            one -> one.status().state(), one -> one.status().stage(), one -> one.times().since())
        .containsExactly(
            tuple(ConversionState.QUEUED, Stage.INGEST, time(0)),
            tuple(ConversionState.INGESTING, Stage.INGEST, time(5)),
            tuple(ConversionState.QUEUED, Stage.RESOLVE, time(7)),
            tuple(ConversionState.RESOLVING, Stage.RESOLVE, time(17)),
            tuple(ConversionState.QUEUED, Stage.BUILD, time(18)),
            tuple(ConversionState.BUILDING, Stage.BUILD, time(58)),
            tuple(ConversionState.BUILT, Stage.BUILD, time(61)));
    assertThat(seen)
        .extracting(one -> one.times().waitedMs(), one -> one.times().workedMs())
        .containsExactly(
            tuple(0L, 0L),
            tuple(5_000L, 0L),
            tuple(5_000L, 2_000L),
            tuple(15_000L, 2_000L),
            tuple(15_000L, 3_000L),
            tuple(55_000L, 3_000L),
            tuple(55_000L, 6_000L));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldTellTheSameWhateverTheOrderAndHoweverOften(long seed) throws Exception {
    Random random = new Random(seed);
    List<ReceivedEvent> disturbed = new ArrayList<>(way());
    disturbed.addAll(way());
    Collections.shuffle(disturbed, random);

    for (int start = 0, end; start < disturbed.size(); start = end) {
      end = Math.min(disturbed.size(), start + 1 + random.nextInt(4));
      state.accept(disturbed.subList(start, end));
    }

    assertThat(only())
        .extracting(
            one -> one.status().state(),
            one -> one.times().since(),
            one -> one.times().waitedMs(),
            one -> one.times().workedMs())
        .containsExactly(ConversionState.BUILT, time(61), 55_000L, 6_000L);
  }

  @Test
  void shouldWaitAgainWhenATryIsPutOff() throws Exception {
    state.accept(List.of(request.pushed(), request.started(5, Stage.INGEST, 1)));
    state.accept(List.of(request.pushedAgain(8)), 2);
    Conversion putOff = only();
    state.accept(List.of(request.pushedAgain(20)), 2);
    state.accept(request.started(21, Stage.INGEST, 2));
    Conversion tried = only();

    assertThat(putOff.status().state()).isEqualTo(ConversionState.QUEUED);
    assertThat(putOff.status().stage()).isEqualTo(Stage.INGEST);
    assertThat(putOff.times().since()).isEqualTo(time(8));
    assertThat(tried.status().state()).isEqualTo(ConversionState.INGESTING);
    assertThat(tried.times().waitedMs()).isEqualTo(5_000 + 13_000);
    assertThat(tried.times().workedMs()).isEqualTo(3_000);
    assertThat(state.view().find(request.id()).orElseThrow().history())
        .extracting(HistoryEntry::state, HistoryEntry::attempt, HistoryEntry::time)
        .containsExactly(
            tuple(ConversionState.QUEUED, 1, time(0)),
            tuple(ConversionState.INGESTING, 1, time(5)),
            tuple(ConversionState.QUEUED, 2, time(8)),
            tuple(ConversionState.INGESTING, 2, time(21)));
  }

  /** Reports of work are kept for a day: a rebuild later does not invent what they told. */
  @Test
  void shouldTellNoTimesWhereNobodySaidWhenWorkBegan() throws Exception {
    state.accept(
        List.of(
            request.pushed(), request.ingested(7), request.resolved(18), request.built(61, false)));

    assertThat(only().status().state()).isEqualTo(ConversionState.BUILT);
    assertThat(only().times().since()).isEqualTo(time(61));
    assertThat(only().times().waitedMs()).isNull();
    assertThat(only().times().workedMs()).isNull();
  }

  /** Reports of older workers name no platform. */
  @Test
  void shouldWaitWhereAnOlderWorkerBuilds() throws Exception {
    state.accept(List.of(request.pushed(), request.resolved(18)));

    state.accept(request.started(20, Stage.BUILD, 1));

    assertThat(only().status().state()).isEqualTo(ConversionState.QUEUED);
    assertThat(only().status().stage()).isEqualTo(Stage.BUILD);
  }

  @Test
  void shouldCountNothingTwiceWhereClocksDiffer() throws Exception {
    state.accept(
        List.of(
            request.pushed(),
            request.started(-3, Stage.INGEST, 1),
            request.ingested(7),
            request.started(6, Stage.RESOLVE, 1)));

    assertThat(only().status().state()).isEqualTo(ConversionState.RESOLVING);
    assertThat(only().times().waitedMs()).isZero();
    assertThat(only().times().workedMs()).isEqualTo(10_000);
  }

  private List<ReceivedEvent> way() {
    return List.of(
        request.pushed(),
        request.started(5, Stage.INGEST, 1),
        request.ingested(7),
        request.started(17, Stage.RESOLVE, 1),
        request.resolved(18),
        request.building(58, 1),
        request.built(61, false));
  }

  private Conversion only() throws IOException {
    List<Conversion> all = state.view().list(ConversionFilter.ANY, 9, null).items();
    assertThat(all).hasSize(1);
    return all.get(0);
  }
}
