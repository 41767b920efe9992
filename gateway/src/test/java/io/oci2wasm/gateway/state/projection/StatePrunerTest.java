package io.oci2wasm.gateway.state.projection;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchCountsCheck;
import io.oci2wasm.gateway.state.batch.BatchImages;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.gateway.state.letter.LetterReader;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatePrunerTest {
  private static final Duration KEEP = Duration.ofHours(1);
  private static final int LATER = 7200;

  @Test
  void shouldForgetWhatEndedLongAgoAndNothingElse() throws Exception {
    SampleRequest old = new SampleRequest("old", 0);
    SampleRequest open = new SampleRequest("open", 0);
    SampleRequest young = new SampleRequest("young", LATER - 60);
    DeadLetter replayed = SampleLetter.ofPush(old, time(0));
    DeadLetter waiting = SampleLetter.ofPush(open, time(0));
    try (TestState state = TestState.open();
        StatePruner pruner =
            new StatePruner(state.database(), KEEP, Clock.fixed(time(LATER), ZoneOffset.UTC))) {
      state.accept(old.everything());
      state.accept(open.pushed());
      state.accept(young.everything());
      state.accept(replayed);
      state.accept(waiting);
      state.accept(new EventReplayed(replayed.id(), time(1), Stage.INGEST, null, null, null, null));

      int pruned = pruner.prune();

      assertThat(pruned).isEqualTo(1);
      assertThat(state.view().findRequest(old.id())).isEmpty();
      assertThat(state.view().find(old.platformId())).isEmpty();
      assertThat(state.view().findRequest(open.id())).isPresent();
      assertThat(state.view().find(young.platformId())).isPresent();
      LetterReader letters = new LetterReader(state.database());
      assertThat(letters.find(replayed.id())).isEmpty();
      assertThat(letters.find(waiting.id())).isPresent();
    }
  }

  @Test
  void shouldForgetBatchesWithNothingLeftToDoAndKeepTheCountsOfOthers() throws Exception {
    SampleBatch done = new SampleBatch(Kind.RECONVERT, "a".repeat(32), 0);
    SampleBatch open = new SampleBatch(Kind.RECONVERT, "b".repeat(32), 0);
    SampleBatch cancelled = new SampleBatch(Kind.RECONVERT, "c".repeat(32), 0);
    SampleBatch lastScan = new SampleBatch(Kind.SCAN, "d".repeat(32), 0);
    try (TestState state = TestState.open();
        StatePruner pruner =
            new StatePruner(state.database(), KEEP, Clock.fixed(time(LATER), ZoneOffset.UTC))) {
      for (SampleBatch batch : new SampleBatch[] {done, open, cancelled}) {
        state.acceptBatches(
            List.of(
                batch.requested(), batch.entered("one"), batch.entered("two"), batch.listed(2)));
        state.accept(batch.request("one", 1).everything());
      }
      state.accept(done.request("two", 1).failed());
      state.acceptBatches(
          List.of(
              cancelled.changed(Change.CANCELLED, 3), lastScan.requested(), lastScan.listed(0)));

      int pruned = pruner.prune();

      assertThat(pruned).isEqualTo(4);
      BatchReader view = new BatchReader(state.database(), Clock.systemUTC());
      assertThat(view.list(9, null).items())
          .extracting(Batch::id)
          .containsExactly(open.id(), lastScan.id());
      assertThat(view.find(open.id()).orElseThrow().counts().images())
          .isEqualTo(new BatchImages(2, 0, 1, 0, 1, 0, 0, 0));
      assertThat(TestDatabase.rows(state.database(), "batch_entry").get(0)).hasSize(2);
      assertThat(TestDatabase.rows(state.database(), "batch_count").get(0)).hasSize(2);
      BatchCountsCheck.assertKept(state.database());
    }
  }
}
