package io.oci2wasm.gateway.state.batch;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class BatchReaderTest {
  private static final SampleBatch RECONVERT = new SampleBatch(Kind.RECONVERT);
  private static final SampleBatch SCAN = new SampleBatch(Kind.SCAN);

  private TestState state;
  private BatchReader view;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    view = new BatchReader(state.database(), Clock.fixed(time(20), ZoneOffset.UTC));
  }

  @AfterEach
  void close() {
    state.close();
  }

  private Batch batch() throws IOException {
    return view.find(RECONVERT.id()).orElseThrow();
  }

  @Test
  void shouldFindTheLastScanOfEachRegistry() throws Exception {
    state.acceptBatches(
        List.of(
            scan("1", "a.example", Kind.SCAN, 1),
            scan("2", "a.example", Kind.SCAN, 3),
            scan("3", "a.example", Kind.SCAN, 2),
            scan("4", "a.example", Kind.RECONVERT, 4),
            scan("6", "b.example", Kind.SCAN, 1),
            scan("5", "b.example", Kind.SCAN, 1),
            scan("7", "c.example", Kind.SCAN, 9),
            scan("8", "d.example", Kind.RECONVERT, 9)));

    Map<String, Batch> found =
        view.newestScans(List.of("a.example", "b.example", "d.example", "none"));

    assertThat(found).containsOnlyKeys("a.example", "b.example");
    assertThat(found.get("a.example")).extracting(Batch::id).isEqualTo("2".repeat(32));
    assertThat(found.get("b.example")).extracting(Batch::id).isEqualTo("5".repeat(32));
    assertThat(view.newestScan("c.example")).map(Batch::id).contains("7".repeat(32));
    assertThat(view.newestScan("d.example")).isEmpty();
    assertThat(view.newestScans(List.of())).isEmpty();
  }

  private static BatchRequested scan(String id, String registry, Kind kind, int second) {
    return new BatchRequested(
        id.repeat(32), kind, registry, List.of(), null, null, 0, time(second));
  }

  @Test
  void shouldCountImagesApartFromTheirPlatforms() throws Exception {
    state.acceptBatches(
        List.of(
            RECONVERT.requested(),
            RECONVERT.entered("built"),
            RECONVERT.entered("reused"),
            RECONVERT.entered("failed"),
            RECONVERT.entered("running"),
            RECONVERT.entered("waiting"),
            RECONVERT.listed(5)));
    state.accept(RECONVERT.request("built", 2).everything());
    SampleRequest reused = RECONVERT.request("reused", 2);
    state.accept(
        List.of(reused.pushed(), reused.resolved(), reused.skipped(), reused.built(4, true)));
    state.accept(RECONVERT.request("failed", 2).failed());
    state.accept(RECONVERT.request("running", 2).resolved());

    Batch batch = batch();

    assertThat(batch.state()).isEqualTo(BatchState.RUNNING);
    assertThat(batch.counts().images()).isEqualTo(new BatchImages(5, 0, 1, 1, 1, 1, 0, 1));
    assertThat(batch.counts().conversions()).isEqualTo(new BatchPlatforms(1, 1, 1, 2, 0));
    // The sample ingests one byte, and its bundle has one.
    assertThat(batch.counts().bytes()).isEqualTo(new BatchBytes(1, 1));
    // Three images in the 20 seconds since it was asked for, and two are left.
    assertThat(batch.pace().measuredRate()).isEqualTo(0.15);
    assertThat(batch.pace().eta()).isEqualTo(time(20 + 14));
    assertThat(batch.times().endedAt()).isNull();
  }

  @Test
  void shouldBeDoneWhenEveryListedImageHasEnded() throws Exception {
    state.acceptBatches(List.of(RECONVERT.requested(), RECONVERT.entered("one")));
    state.accept(RECONVERT.request("one", 2).everything());
    BatchState unlisted = batch().state();
    // That it is listed may be known before its images are.
    state.acceptBatches(List.of(RECONVERT.listed(2)));
    BatchState lacking = batch().state();
    state.acceptBatches(List.of(RECONVERT.entered("two")));
    BatchState listed = batch().state();
    state.accept(RECONVERT.request("two", 3).everything());
    Batch done = batch();

    assertThat(List.of(unlisted, lacking, listed))
        .containsExactly(BatchState.LISTING, BatchState.LISTING, BatchState.RUNNING);
    assertThat(done.state()).isEqualTo(BatchState.DONE);
    assertThat(done.times().endedAt()).isEqualTo(time(8));
    assertThat(done.pace().eta()).isNull();
  }

  @Test
  void shouldFailOnlyWhenWhatWasFoundHasEnded() throws Exception {
    state.acceptBatches(
        List.of(
            RECONVERT.requested(),
            RECONVERT.entered("one"),
            new BatchChanged(RECONVERT.id(), Change.FAILED, "no catalog", time(2))));
    BatchState found = batch().state();
    state.accept(RECONVERT.request("one", 2).everything());

    assertThat(found).isEqualTo(BatchState.RUNNING);
    assertThat(batch().state()).isEqualTo(BatchState.FAILED);
    assertThat(batch().message()).isEqualTo("no catalog");
  }

  @Test
  void shouldFollowTheLastOfPausingAndResuming() throws Exception {
    state.acceptBatches(
        List.of(
            RECONVERT.requested(),
            RECONVERT.entered("one"),
            RECONVERT.listed(1),
            RECONVERT.changed(Change.RESUMED, 7),
            RECONVERT.changed(Change.PAUSED, 5)));
    BatchState resumed = batch().state();
    state.acceptBatches(List.of(RECONVERT.changed(Change.PAUSED, 9)));
    Batch paused = batch();
    state.acceptBatches(List.of(RECONVERT.changed(Change.CANCELLED, 8)));

    assertThat(resumed).isEqualTo(BatchState.RUNNING);
    assertThat(paused.state()).isEqualTo(BatchState.PAUSED);
    assertThat(paused.times().pausedAt()).isEqualTo(time(9));
    assertThat(batch().state()).isEqualTo(BatchState.CANCELLED);
    assertThat(batch().times().endedAt()).isEqualTo(time(8));
  }

  @Test
  void shouldTakeTagsOfOneDigestAsOneImage() throws Exception {
    state.acceptBatches(
        List.of(
            RECONVERT.requested(), RECONVERT.entered("one", "1"), RECONVERT.entered("one", "2")));
    state.acceptBatches(List.of(RECONVERT.entered("one", null), RECONVERT.entered("one", "0")));

    assertThat(batch().counts().images().total()).isEqualTo(1);
    assertThat(
            new BatchTransactions(state.database(), Clock.systemUTC()).waiting(RECONVERT.id(), 9))
        .singleElement()
        .satisfies(entry -> assertThat(entry.image().tag()).isEqualTo("2"));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldLeaveOutOfAScanWhatAnotherRequestAskedFor(Kind kind) throws Exception {
    SampleBatch batch = new SampleBatch(kind);
    state.accept(new SampleRequest("before", 0).ingested());
    state.acceptBatches(
        List.of(batch.entered("before"), batch.entered("meanwhile"), batch.entered("never")));
    state.acceptBatches(List.of(batch.requested(), batch.listed(3)));
    state.accept(new SampleRequest("meanwhile", 1).ingested());

    BatchImages images = batch().counts().images();

    assertThat(images.known()).isEqualTo(kind == Kind.SCAN ? 2 : 0);
    assertThat(images.waiting()).isEqualTo(kind == Kind.SCAN ? 1 : 3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldMakeTheSameRowsOfShuffledAndRepeatedEvents(long seed) throws Exception {
    Random random = new Random(seed);
    List<Object> stream = new ArrayList<>(List.of(SCAN.requested(), SCAN.listed(12)));
    for (int i = 0; i < 12; i++) {
      String name = "r" + i;
      stream.add(SCAN.entered(name, i % 2 == 0 ? "1" : "2"));
      stream.add(SCAN.entered(name, "1"));
      switch (i % 4) {
        case 0 -> stream.addAll(SCAN.request(name, i).everything());
        case 1 -> stream.add(SCAN.request(name, i).failed());
        case 2 -> stream.addAll(new SampleRequest(name, i).everything());
        default -> stream.add(SCAN.changed(i > 6 ? Change.PAUSED : Change.RESUMED, i));
      }
    }
    List<Object> disturbed = new ArrayList<>(stream);
    stream.stream().filter(event -> random.nextBoolean()).forEach(disturbed::add);
    Collections.shuffle(disturbed, random);

    take(state, stream);
    List<List<String>> expected =
        TestDatabase.rows(state.database(), "batch", "batch_entry", "batch_count");
    List<List<String>> rows;
    try (TestState other = TestState.open()) {
      take(other, disturbed);
      rows = TestDatabase.rows(other.database(), "batch", "batch_entry", "batch_count");
    }

    assertThat(rows).isEqualTo(expected);
    assertThat(expected.get(1)).hasSize(12);
    assertThat(batch().counts().images()).isEqualTo(new BatchImages(12, 3, 3, 0, 3, 0, 0, 3));
  }

  private static void take(TestState state, List<Object> events) {
    for (Object event : events) {
      if (event instanceof ReceivedEvent received) {
        state.accept(received);
      } else if (event instanceof TopicEvent told) {
        state.acceptBatches(List.of(told));
      }
    }
  }

  @Test
  void shouldListBatchesNewestFirstInPages() throws Exception {
    for (int i = 0; i < 3; i++) {
      SampleBatch batch = new SampleBatch(Kind.SCAN, Integer.toString(i).repeat(32), 0);
      state.acceptBatches(List.of(batch.requested()));
    }
    // Whatever is told of a batch before it is known itself.
    state.acceptBatches(List.of(new SampleBatch(Kind.SCAN, "a".repeat(32), 0).listed(0)));

    Page<Batch> first = view.list(2, null);
    Page<Batch> second = view.list(2, first.next());

    assertThat(first.items()).extracting(Batch::id).containsExactly("0".repeat(32), "1".repeat(32));
    assertThat(second.items()).extracting(Batch::id).containsExactly("2".repeat(32));
    assertThat(second.next()).isNull();
  }

  @Test
  void shouldFilterConversionsByBatch() throws Exception {
    state.acceptBatches(List.of(RECONVERT.requested(), RECONVERT.entered("one")));
    state.accept(RECONVERT.request("one", 2).everything());
    state.accept(new SampleRequest("two", 2).everything());

    Page<Conversion> page =
        state
            .view()
            .list(new ConversionFilter(null, null, null, null, null, RECONVERT.id()), 9, null);

    assertThat(page.items())
        .hasSize(2)
        .allSatisfy(one -> assertThat(one.requestId()).isEqualTo(RECONVERT.request("one", 2).id()));
  }
}
