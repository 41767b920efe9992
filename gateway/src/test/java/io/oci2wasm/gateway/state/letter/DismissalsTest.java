package io.oci2wasm.gateway.state.letter;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class DismissalsTest {
  private static final LetterFilter OPEN = new LetterFilter(null, null, null, Letter.State.OPEN);
  private static final LetterFilter DISMISSED =
      new LetterFilter(null, null, null, Letter.State.DISMISSED);

  private TestState state;
  private LetterReader view;
  private Dismissals dismissals;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    view = new LetterReader(state.database());
    dismissals = new Dismissals(state.database(), Clock.fixed(time(20), ZoneOffset.UTC));
  }

  @AfterEach
  void close() {
    state.close();
  }

  private List<String> ids(LetterFilter filter) throws IOException {
    return view.list(filter, 50, null).items().stream().map(Letter::id).toList();
  }

  @Test
  void shouldDismissWhatMatchesAndSayWhoWantedIt() throws Exception {
    DeadLetter push = SampleLetter.ofPush(new SampleRequest("one", 0), time(5));
    DeadLetter platform = SampleLetter.ofPlatform(new SampleRequest("two", 0), time(6));
    state.accept(push);
    state.accept(platform);
    LetterFilter notFound = new LetterFilter(null, Reason.NOT_FOUND, null, Letter.State.OPEN);

    assertThat(dismissals.count(notFound)).isEqualTo(1);
    assertThat(ids(DISMISSED)).isEmpty();
    assertThat(dismissals.dismiss(notFound, "ann")).isEqualTo(1);
    assertThat(dismissals.dismiss(notFound, "bob")).isZero();

    assertThat(ids(OPEN)).containsExactly(platform.id());
    assertThat(ids(DISMISSED)).containsExactly(push.id());
    assertThat(view.find(push.id()).orElseThrow().dismissed())
        .isEqualTo(new Letter.Dismissal(time(20), "ann"));
    assertThat((long) state.database().read(LetterReader::countOpen)).isEqualTo(1);
  }

  @Test
  void shouldLeaveWhatFailedAfterSomebodyLooked() throws Exception {
    state.accept(SampleLetter.ofPush(new SampleRequest("one", 0), time(5)));
    DeadLetter later = SampleLetter.ofPush(new SampleRequest("two", 0), time(7));
    state.accept(later);
    Instant looked = time(6);

    dismissals.dismiss(
        new LetterFilter(null, null, null, null, null, looked, Letter.State.OPEN), "ann");

    assertThat(ids(OPEN)).containsExactly(later.id());
  }

  /** The machine where it died may have a clock that is ahead. */
  @Test
  void shouldDismissWhatDiedInTheFuture() throws Exception {
    DeadLetter ahead = SampleLetter.ofPush(new SampleRequest("one", 0), time(300));
    state.accept(ahead);

    dismissals.dismiss(OPEN, "ann");

    assertThat(ids(DISMISSED)).containsExactly(ahead.id());
  }

  @Test
  void shouldOpenWhatDiesAgainAndLetItBeDismissedAgain() throws Exception {
    state.accept(SampleLetter.ofWebhook(time(5)));
    dismissals.dismiss(OPEN, "ann");
    state.accept(SampleLetter.ofWebhook(time(25)));
    List<String> open = ids(OPEN);

    Letter again = dismissals.dismiss(open.get(0), "bob").orElseThrow();

    assertThat(again.state()).isEqualTo(Letter.State.DISMISSED);
    assertThat(again.dismissed()).isEqualTo(new Letter.Dismissal(time(25), "bob"));
  }

  @Test
  void shouldTakeADismissalBack() throws Exception {
    DeadLetter letter = SampleLetter.ofWebhook(time(5));
    state.accept(letter);
    Letter dismissed = dismissals.dismiss(letter.id(), "ann").orElseThrow();

    Letter open = dismissals.reopen(letter.id()).orElseThrow();

    assertThat(dismissed.state()).isEqualTo(Letter.State.DISMISSED);
    assertThat(open.state()).isEqualTo(Letter.State.OPEN);
    assertThat(open.dismissed()).isNull();
    assertThat(dismissals.dismiss("0".repeat(32), "ann")).isEmpty();
    assertThat(dismissals.reopen("0".repeat(32))).isEmpty();
  }

  @Test
  void shouldRememberADismissalWhenTheTopicsAreReadAnew() throws Exception {
    DeadLetter letter = SampleLetter.ofWebhook(time(5));
    state.accept(letter);
    dismissals.dismiss(OPEN, "ann");

    state.database().clear();
    state.accept(letter);

    assertThat(ids(DISMISSED)).containsExactly(letter.id());
  }

  @Test
  void shouldForgetWhatWasDismissedLongAgo() throws Exception {
    state.accept(SampleLetter.ofWebhook(time(5)));
    dismissals.dismiss(OPEN, "ann");

    int kept = state.database().alone("", handle -> LetterWriter.forget(handle, time(20), 500));
    int gone = state.database().alone("", handle -> LetterWriter.forget(handle, time(21), 500));

    assertThat(kept).isZero();
    assertThat(gone).isEqualTo(1);
  }

  /** A later version takes its record in, dismissed or not. */
  @Test
  void shouldKeepADismissedLetterOfTheGatewaysOwn() throws Exception {
    DeadLetter letter = SampleLetter.ofPush(new SampleRequest("one", 0), time(5));
    boolean unused =
        state
            .database()
            .alone(
                "",
                handle -> {
                  new LetterWriter(handle).add(letter, Letter.Source.GATEWAY);
                  return true;
                });
    dismissals.dismiss(OPEN, "ann");

    int gone = state.database().alone("", handle -> LetterWriter.forget(handle, time(21), 500));

    assertThat(gone).isZero();
    assertThat(ids(DISMISSED)).containsExactly(letter.id());
  }

  @Test
  void shouldRefuseAFilterOfOtherLetters() {
    assertThatThrownBy(() -> dismissals.dismiss(LetterFilter.ANY, "ann"))
        .hasMessageContaining("expected open ones");
  }
}
