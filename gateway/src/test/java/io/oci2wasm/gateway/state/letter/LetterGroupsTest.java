package io.oci2wasm.gateway.state.letter;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
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
            new LetterGroup(Stage.INGEST, Reason.NOT_FOUND, null, null, 2, 2, 2L, time(1), time(3)),
            new LetterGroup(
                Stage.GATEWAY, Reason.UNREADABLE, null, null, 1, 1, 0L, time(4), time(4)));
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
  void shouldTellHowManyCanBeReplayed() throws Exception {
    add(own(Reason.UNREADABLE, 1), own(Reason.UNREADABLE, 2), own(Reason.NEWER_VERSION, 3));

    for (LetterGroups.By by : LetterGroups.By.values()) {
      assertThat(groups.largest(OPEN, by, 10))
          .filteredOn(group -> group.stage() == Stage.GATEWAY)
          .extracting(LetterGroup::reason, LetterGroup::letters, LetterGroup::replayable)
          .containsExactly(tuple(Reason.UNREADABLE, 3L, 1L), tuple(Reason.NEWER_VERSION, 1L, 0L));
      assertThat(groups.largest(OPEN, by, 10))
          .filteredOn(group -> group.stage() != Stage.GATEWAY)
          .allMatch(group -> group.replayable() == group.letters());
    }
  }

  /** What the gateway could not store. */
  private static DeadLetter own(Reason reason, int offset) {
    DeadLetter.Origin origin = new DeadLetter.Origin("t", 0, offset);
    return new DeadLetter(
        DeadLetter.idOf(origin),
        DeadLetter.Work.unknown(Stage.GATEWAY),
        new DeadLetter.Failure(reason, "found nothing", 1, time(5), time(5)),
        origin,
        new RecordCopy(null, List.of(), ""));
  }

  private void add(DeadLetter... letters) throws IOException {
    boolean unused =
        state
            .database()
            .alone(
                "",
                handle -> {
                  LetterWriter writer = new LetterWriter(handle);
                  for (DeadLetter letter : letters) {
                    writer.add(letter, Letter.Source.GATEWAY);
                  }
                  return true;
                });
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
