package io.oci2wasm.gateway.state.batch;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static io.oci2wasm.gateway.state.batch.BatchCountsCheck.assertKept;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of a batch is what its images add up to, whatever happens to them. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class BatchCountsTest {
  private static final SampleBatch BATCH = new SampleBatch(Kind.RECONVERT);

  private TestState state;
  private BatchReader view;
  private BatchTransactions transactions;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    Clock clock = Clock.fixed(time(20), ZoneOffset.UTC);
    view = new BatchReader(state.database(), clock);
    transactions = new BatchTransactions(state.database(), clock);
  }

  @AfterEach
  void close() {
    state.close();
  }

  private BatchImages images(SampleBatch batch) throws IOException {
    return view.find(batch.id()).orElseThrow().counts().images();
  }

  /** Every event once or more often, in any order, while images are begun. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldBeRightAfterEachEvent(long seed) throws Exception {
    Random random = new Random(seed);
    SampleBatch scan = new SampleBatch(Kind.SCAN, "5".repeat(32), 0);
    List<Object> stream = new ArrayList<>();
    for (SampleBatch batch : List.of(BATCH, scan)) {
      stream.addAll(List.of(batch.requested(), batch.listed(8)));
      for (int i = 0; i < 8; i++) {
        String name = batch.kind() + "-r" + i;
        stream.add(batch.entered(name, i % 2 == 0 ? "1" : "2"));
        stream.add(batch.entered(name, "3"));
        switch (i % 4) {
          case 0 -> stream.addAll(batch.request(name, i).everything());
          case 1 -> stream.add(batch.request(name, i).failed());
          case 2 -> stream.addAll(new SampleRequest(name, i).everything());
          default -> stream.add(batch.changed(i > 4 ? Change.PAUSED : Change.RESUMED, i));
        }
      }
    }
    stream.add(BATCH.changed(Change.CANCELLED, 30));
    List<Object> again = new ArrayList<>(stream);
    again.removeIf(event -> random.nextBoolean());
    stream.addAll(again);
    Collections.shuffle(stream, random);

    for (Object event : stream) {
      if (event instanceof ReceivedEvent received) {
        state.accept(received);
      } else if (event instanceof TopicEvent told) {
        state.acceptBatches(List.of(told));
      }
      assertKept(state.database());
      if (random.nextInt(4) == 0) {
        transactions.begun(transactions.waiting(BATCH.id(), 2));
        assertKept(state.database());
      }
    }

    assertThat(images(scan)).isEqualTo(new BatchImages(8, 2, 2, 0, 2, 0, 0, 2));
    BatchImages cancelled = images(BATCH);
    assertThat(cancelled.waiting() + cancelled.running()).isEqualTo(4);
    assertThat(cancelled.total()).isEqualTo(8);
  }

  @Test
  void shouldFollowAnImageThatIsTriedAgain() throws Exception {
    state.acceptBatches(List.of(BATCH.requested(), BATCH.entered("one"), BATCH.listed(1)));
    SampleRequest request = BATCH.request("one", 2);
    state.accept(request.failed());
    Batch failed = view.find(BATCH.id()).orElseThrow();

    ImagePushed pushed = (ImagePushed) request.pushed().event();
    state.accept(
        new EventReplayed(
            "d".repeat(32),
            time(12),
            Stage.INGEST,
            pushed.lane(),
            request.id(),
            pushed.image(),
            null));

    assertThat(failed.state()).isEqualTo(BatchState.DONE);
    assertThat(failed.times().endedAt()).isEqualTo(time(11));
    assertThat(images(BATCH)).isEqualTo(new BatchImages(1, 0, 0, 1, 0, 0, 0, 0));
    assertThat(view.find(BATCH.id()).orElseThrow().times().endedAt()).isNull();
    assertKept(state.database());
  }

  @Test
  void shouldBeginOnlyWhatWaits() throws Exception {
    state.acceptBatches(List.of(BATCH.requested(), BATCH.entered("one"), BATCH.entered("two")));
    List<BatchEntry> both = transactions.waiting(BATCH.id(), 9);
    // Its events were faster than the note that it is begun.
    state.accept(BATCH.request("one", 2).everything());

    transactions.begun(both);
    transactions.begun(both);

    assertThat(images(BATCH)).isEqualTo(new BatchImages(2, 0, 0, 1, 1, 0, 0, 0));
    assertKept(state.database());
  }

  /** A scan's images that another request asks for, whichever is known first. */
  @Test
  void shouldMarkOnlyWaitingImagesOfScansAsKnown() throws Exception {
    SampleBatch scan = new SampleBatch(Kind.SCAN, "5".repeat(32), 0);
    state.acceptBatches(
        List.of(
            scan.requested(), scan.entered("begun"), scan.entered("waits"), scan.entered("own")));
    state.accept(scan.request("own", 1).pushed());
    transactions.begun(
        transactions.waiting(scan.id(), 9).stream()
            .filter(entry -> entry.image().repository().equals("team/begun"))
            .toList());

    state.accept(new SampleRequest("begun", 1).ingested());
    state.accept(new SampleRequest("waits", 1).ingested());
    state.accept(new SampleRequest("waits", 2, "e".repeat(32)).ingested());
    state.accept(new SampleRequest("later", 1).ingested());
    state.acceptBatches(List.of(scan.entered("later"), scan.entered("never")));

    assertThat(images(scan)).isEqualTo(new BatchImages(5, 2, 1, 2, 0, 0, 0, 0));
    assertKept(state.database());
  }

  /** On a database that both share it changes images, and knows of no counts. */
  @Test
  void shouldBeCountedAnewAfterAnOlderGateway() throws Exception {
    state.acceptBatches(List.of(BATCH.requested(), BATCH.entered("one"), BATCH.entered("two")));
    int changed =
        state
            .database()
            .alone("test", handle -> handle.execute("UPDATE batch_entry SET state = 'running'"));
    BatchImages stale = images(BATCH);

    boolean first = transactions.recount(BATCH.id());
    boolean second = transactions.recount(BATCH.id());

    assertThat(changed).isEqualTo(2);
    assertThat(stale.waiting()).isEqualTo(2);
    assertThat(first).isTrue();
    assertThat(second).as("nothing is wrong any more").isFalse();
    assertThat(images(BATCH)).isEqualTo(new BatchImages(2, 0, 0, 2, 0, 0, 0, 0));
    assertKept(state.database());
  }

  @Test
  void shouldNameTheBatchOfConversionsOfAnOlderGateway() throws Exception {
    state.acceptBatches(List.of(BATCH.requested(), BATCH.entered("one")));
    state.accept(BATCH.request("one", 2).everything());
    state.accept(new SampleRequest("other", 2).everything());
    int changed =
        state
            .database()
            .alone("test", handle -> handle.execute("UPDATE conversion SET batch_id = NULL"));
    int before = conversions().size();

    boolean first = transactions.recount(BATCH.id());
    boolean second = transactions.recount(BATCH.id());

    assertThat(changed).isEqualTo(6);
    assertThat(before).isZero();
    assertThat(first).isTrue();
    assertThat(second).as("nothing is missing any more").isFalse();
    assertThat(conversions())
        .hasSize(2)
        .allMatch(one -> one.requestId().equals(BATCH.request("one", 2).id()));
  }

  private List<Conversion> conversions() throws IOException {
    return state
        .view()
        .list(new ConversionFilter(null, null, null, null, null, BATCH.id()), 9, null)
        .items();
  }

  @Test
  void shouldTellEachBatchOfAPageItsOwn() throws Exception {
    List<SampleBatch> batches = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      SampleBatch batch = new SampleBatch(Kind.RECONVERT, Integer.toString(i).repeat(32), 0);
      batches.add(batch);
      List<TopicEvent> events = new ArrayList<>(List.of(batch.requested(), batch.listed(i)));
      for (int image = 0; image < i; image++) {
        events.add(batch.entered("b" + i + "-" + image));
      }
      state.acceptBatches(events);
      for (int image = 0; image < i - 1; image++) {
        state.accept(batch.request("b" + i + "-" + image, i).failed());
      }
    }

    List<Batch> page = view.list(9, null).items();

    assertThat(page).hasSize(5);
    for (int i = 0; i < 5; i++) {
      Batch alone = view.find(batches.get(i).id()).orElseThrow();
      assertThat(page.get(i)).isEqualTo(alone);
      assertThat(alone.counts().images().total()).isEqualTo(i);
      assertThat(alone.counts().images().failed()).isEqualTo(Math.max(0, i - 1));
      // Images ended in the 20 seconds since they were asked for.
      assertThat(alone.pace().measuredRate()).isEqualTo(i < 2 ? null : (i - 1) / 20.0);
    }
    assertThat(view.find(List.of(batches.get(1).id(), "none"))).containsExactly(page.get(1));
    assertThat(view.find(List.of())).isEmpty();
  }
}
