package io.oci2wasm.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchState;
import io.oci2wasm.gateway.state.projection.ChangedIds;
import io.oci2wasm.testsupport.SettableClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class LiveBatchesTest {
  private final SampleBatch batch = new SampleBatch(BatchRequested.Kind.RECONVERT);
  private final SettableClock clock = new SettableClock(SampleRequest.time(30));
  private TestState state;
  private LiveBatches batches;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    batches = new LiveBatches(new BatchReader(state.database(), clock));
  }

  @AfterEach
  void close() {
    state.close();
  }

  private void accept(TopicEvent... events) throws Exception {
    state.acceptBatches(List.of(events));
    batches.note(new ChangedIds(Set.of(), Set.of(batch.id())));
  }

  private void accept(SampleRequest request) throws Exception {
    state.accept(request.failed());
    batches.note(new ChangedIds(Set.of(request.id()), Set.of()));
  }

  @Test
  void shouldTellOnceHowOftenItChanges() throws Exception {
    accept(batch.requested());
    accept(batch.entered("one"));
    accept(batch.entered("two"));

    assertThat(batches.takeChanged())
        .singleElement()
        .satisfies(one -> assertThat(one.counts().images().waiting()).isEqualTo(2));
    assertThat(batches.takeChanged()).isEmpty();
  }

  @Test
  void shouldTellNothingOfABatchThatStaysAsItIs() throws Exception {
    accept(batch.requested(), batch.entered("one"));
    assertThat(batches.takeChanged()).hasSize(1);

    accept(batch.entered("one"));
    batches.noteOpen();

    assertThat(batches.takeChanged()).isEmpty();
  }

  @Test
  void shouldTellWhatBecomesOfImagesAndWhenTheLastHasEnded() throws Exception {
    accept(batch.requested(), batch.entered("one"), batch.entered("two"), batch.listed(2));
    assertThat(batches.takeChanged()).extracting(Batch::state).containsExactly(BatchState.RUNNING);

    accept(batch.request("one", 2));
    List<Batch> first = batches.takeChanged();
    accept(batch.request("two", 3));
    List<Batch> last = batches.takeChanged();

    assertThat(first)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.counts().images().failed()).isOne();
              assertThat(one.isOpen()).isTrue();
            });
    assertThat(last)
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.state()).isEqualTo(BatchState.DONE);
              assertThat(one.isOpen()).isFalse();
            });
  }

  @Test
  void shouldTellOfTheRateOfAnOpenBatchThoughNothingHappens() throws Exception {
    accept(batch.requested(), batch.entered("one"), batch.entered("two"), batch.listed(2));
    accept(batch.request("one", 5));
    List<Batch> before = batches.takeChanged();
    clock.pass(Duration.ofMinutes(10));

    batches.noteOpen();
    List<Batch> later = batches.takeChanged();

    assertThat(before).singleElement().satisfies(one -> assertThat(one.pace().eta()).isNotNull());
    assertThat(later).singleElement().satisfies(one -> assertThat(one.pace().eta()).isNull());
  }

  @Test
  void shouldTellAgainOfWhatNobodyWasThereToHear() throws Exception {
    accept(batch.requested(), batch.entered("one"), batch.listed(1));
    List<Batch> told = batches.takeChanged();

    batches.forget();
    batches.noteOpen();

    assertThat(batches.takeChanged()).isEqualTo(told);
  }

  @Test
  void shouldHoldAPausedBatchOpenAndACancelledOneNot() throws Exception {
    accept(batch.requested(), batch.entered("one"), batch.listed(1));
    accept(batch.changed(Change.PAUSED, 3));
    List<Batch> paused = batches.takeChanged();
    accept(batch.changed(Change.CANCELLED, 4));
    List<Batch> cancelled = batches.takeChanged();

    assertThat(paused).singleElement().satisfies(one -> assertThat(one.isOpen()).isTrue());
    assertThat(cancelled).singleElement().satisfies(one -> assertThat(one.isOpen()).isFalse());
  }

  @Test
  void shouldTellNothingOfRequestsOfNoBatch() throws Exception {
    accept(new SampleRequest("alone", 0));

    assertThat(batches.takeChanged()).isEmpty();
  }
}
