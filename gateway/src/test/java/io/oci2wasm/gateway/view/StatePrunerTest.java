package io.oci2wasm.gateway.view;

import static io.oci2wasm.gateway.view.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
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
      LetterView letters = new LetterView(state.database());
      assertThat(letters.find(replayed.id())).isEmpty();
      assertThat(letters.find(waiting.id())).isPresent();
    }
  }
}
