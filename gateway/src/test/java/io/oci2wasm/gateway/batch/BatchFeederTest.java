package io.oci2wasm.gateway.batch;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.testsupport.SettableClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class BatchFeederTest {
  private final SettableClock clock = new SettableClock(time(10));
  private final RecordingPublisher publisher = new RecordingPublisher();
  private TestState state;
  private BatchTransactions transactions;
  private BatchFeeder feeder;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    transactions = new BatchTransactions(state.database(), clock);
    feeder = new BatchFeeder(transactions, publisher, clock);
  }

  @AfterEach
  void close() {
    state.close();
  }

  private SampleBatch batch(Kind kind, double rate, int images) {
    SampleBatch batch = new SampleBatch(kind, "b".repeat(32), rate);
    List<BatchEntered> entered = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      entered.add(batch.entered("app" + i));
    }
    state.acceptBatches(List.of(batch.requested(), batch.listed(images)));
    state.acceptBatches(entered);
    return batch;
  }

  /** How many images are begun when {@code seconds} pass in steps. */
  private int feed(double seconds) throws UnavailableException {
    int before = publisher.published().size();
    for (int step = 0; step < seconds * 5; step++) {
      feeder.feed(transactions.open());
      clock.pass(Duration.ofMillis(200));
    }
    return publisher.published().size() - before;
  }

  private List<ImagePushed> begun() {
    return publisher.published().stream().map(ImagePushed.class::cast).toList();
  }

  private void end(SampleBatch batch, int from, int to) {
    for (int i = from; i < to; i++) {
      ImagePushed pushed = begun().get(i);
      String name = pushed.image().repository().substring("team/".length());
      state.accept(batch.request(name, 11).failed());
    }
  }

  @Test
  void shouldKeepFewOutstandingAndGoOnAsTheyEnd() throws Exception {
    SampleBatch batch = batch(Kind.RECONVERT, 0, 100);

    int first = feed(2);
    int none = feed(2);
    end(batch, 0, 10);
    int second = feed(1);
    end(batch, 10, 74);
    int rest = feed(1);

    assertThat(List.of(first, none, second, rest))
        .containsExactly(BatchFeeder.OUTSTANDING, 0, 10, 26);
    assertThat(new HashSet<>(begun())).hasSize(100);
    assertThat(begun())
        .allSatisfy(
            pushed -> {
              assertThat(pushed.lane()).isEqualTo(Lane.BULK);
              assertThat(pushed.sender()).isEqualTo("batch");
              assertThat(pushed.batchId()).isEqualTo(batch.id());
            });
  }

  @Test
  void shouldBeginNoMoreThanTheRateAllows() throws Exception {
    batch(Kind.RECONVERT, 2, 50);

    int ten = feed(10);
    clock.pass(Duration.ofMinutes(5));
    int afterIdling = feed(0.2);

    assertThat(ten).isBetween(19, 21);
    assertThat(afterIdling).isEqualTo(2);
  }

  @Test
  void shouldBeginNothingWhilePausedAndGoOnWhereItStopped() throws Exception {
    SampleBatch batch = batch(Kind.RECONVERT, 5, 40);
    int before = feed(2);
    state.acceptBatches(List.of(batch.changed(Change.PAUSED, 20)));
    int paused = feed(10);
    state.acceptBatches(List.of(batch.changed(Change.RESUMED, 30)));
    int after = feed(60);

    assertThat(paused).isZero();
    assertThat(before + after).isEqualTo(40);
    assertThat(begun()).doesNotHaveDuplicates();
  }

  @Test
  void shouldNeverBeginAnythingOfACancelledBatch() throws Exception {
    SampleBatch batch = batch(Kind.RECONVERT, 0, 40);
    state.acceptBatches(
        List.of(batch.changed(Change.CANCELLED, 20), batch.changed(Change.RESUMED, 30)));

    assertThat(feed(5)).isZero();
  }

  @Test
  void shouldBeginNothingTwiceAfterARestart() throws Exception {
    batch(Kind.RECONVERT, 5, 40);
    int before = feed(3);

    feeder = new BatchFeeder(transactions, publisher, clock);
    int after = feed(60);

    assertThat(before).isPositive();
    assertThat(before + after).isEqualTo(40);
    assertThat(begun()).extracting(ImagePushed::requestId).doesNotHaveDuplicates();
  }

  /**
   * Killed between Kafka and the database, and before the topics were read: one request all the
   * same.
   */
  @Test
  void shouldBeginTheSameRequestWhereTheDatabaseDoesNotKnowOfIt() throws Exception {
    batch(Kind.RECONVERT, 0, 3);
    int unused = feed(0.2);
    List<ImagePushed> before = begun();
    try (TestState other = TestState.open()) {
      state.close();
      state = other;
      transactions = new BatchTransactions(state.database(), clock);
      feeder = new BatchFeeder(transactions, publisher, clock);
      batch(Kind.RECONVERT, 0, 3);

      assertThat(feed(0.2)).isEqualTo(3);
      assertThat(begun().subList(3, 6))
          .extracting(ImagePushed::requestId)
          .containsExactlyElementsOf(before.stream().map(ImagePushed::requestId).toList());
    }
  }

  @Test
  void shouldKeepWaitingWhatKafkaDidNotTake() throws Exception {
    SampleBatch batch = batch(Kind.RECONVERT, 0, 3);
    publisher.goAway();

    assertThatThrownBy(() -> feed(0.2)).isInstanceOf(UnavailableException.class);
    assertThat(transactions.waiting(batch.id(), 9)).hasSize(3);
  }
}
