package io.oci2wasm.gateway.state.letter;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import java.io.IOException;
import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class LetterGroupsTest {
  private static final LetterFilter OPEN = new LetterFilter(null, null, null, Letter.State.OPEN);

  private TestState state;
  private LetterGroups groups;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    groups = new LetterGroups(state.database());
    state.accept(SampleLetter.ofPush(new SampleRequest("one", 0), time(1)));
    state.accept(SampleLetter.ofPush(new SampleRequest("two", 0), time(2)));
    state.accept(SampleLetter.ofPush(new SampleRequest("two", 9), time(3)));
    state.accept(SampleLetter.ofWebhook(time(4)));
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void shouldCountByStageAndReason() throws Exception {
    assertThat(groups.largest(OPEN, LetterGroups.By.REASON, 10))
        .containsExactly(
            new LetterGroup(Stage.INGEST, Reason.NOT_FOUND, null, null, 2, 2L, time(1), time(3)),
            new LetterGroup(Stage.GATEWAY, Reason.UNREADABLE, null, null, 1, 0L, time(4), time(4)));
    assertThat(groups.largest(OPEN, LetterGroups.By.REASON, 1)).hasSize(1);
  }

  @Test
  void shouldCountByRepository() throws Exception {
    LetterFilter ofIngest =
        new LetterFilter(Stage.INGEST, null, "r.example", null, null, null, Letter.State.OPEN);

    assertThat(groups.largest(ofIngest, LetterGroups.By.REPOSITORY, 10))
        .extracting(LetterGroup::repository)
        .containsExactly("team/one", "team/two");
  }

  @Test
  void shouldNotCountWhatWasDismissed() throws Exception {
    Dismissals dismissals = new Dismissals(state.database(), Clock.systemUTC());
    dismissals.dismiss(new LetterFilter(null, null, "team/two", Letter.State.OPEN), "ann");

    assertThat(groups.largest(OPEN, LetterGroups.By.REASON, 10))
        .extracting(LetterGroup::letters, LetterGroup::repositories)
        .contains(tuple(1L, 1L));
  }
}
