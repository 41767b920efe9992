package io.oci2wasm.gateway.state.letter;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.database.Page;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class LetterReaderTest {
  private TestState state;
  private LetterReader view;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    view = new LetterReader(state.database());
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void shouldShowALetterWithItsRecordAndListItWithout() throws Exception {
    DeadLetter letter = SampleLetter.ofPush(new SampleRequest("one", 0), time(5));

    state.accept(letter);
    state.accept(letter);

    assertThat(view.find(letter.id()).orElseThrow().original()).isEqualTo(letter);
    assertThat(view.list(LetterFilter.ANY, 10, null).items())
        .singleElement()
        .satisfies(
            listed -> {
              assertThat(listed.record()).isNull();
              assertThat(listed.state()).isEqualTo(Letter.State.OPEN);
              assertThat(listed.origin()).isEqualTo(letter.origin());
            });
    assertThat(view.find("0".repeat(32))).isEmpty();
  }

  @Test
  void shouldFilter() throws Exception {
    state.accept(SampleLetter.ofPush(new SampleRequest("one", 0), time(1)));
    state.accept(SampleLetter.ofPlatform(new SampleRequest("two", 0), time(2)));
    state.accept(SampleLetter.ofWebhook(time(3)));

    assertThat(stages(new LetterFilter(Stage.BUILD, null, null, null)))
        .containsExactly(Stage.BUILD);
    assertThat(stages(new LetterFilter(null, Reason.NOT_FOUND, null, null)))
        .containsExactly(Stage.INGEST);
    assertThat(stages(new LetterFilter(null, null, "team/*", null)))
        .containsExactly(Stage.BUILD, Stage.INGEST);
    assertThat(stages(new LetterFilter(null, null, "*/t?o", null))).containsExactly(Stage.BUILD);
    assertThat(stages(new LetterFilter(null, null, "team_one", null))).isEmpty();
    assertThat(stages(new LetterFilter(null, null, null, Letter.State.REPLAYED))).isEmpty();
    assertThat(stages(LetterFilter.ANY)).containsExactly(Stage.GATEWAY, Stage.BUILD, Stage.INGEST);
  }

  private List<Stage> stages(LetterFilter filter) throws IOException {
    return view.list(filter, 50, null).items().stream().map(one -> one.work().stage()).toList();
  }

  @Test
  void shouldPageNewestFirstWithoutGapsOrRepeats() throws Exception {
    for (int i = 0; i < 7; i++) {
      state.accept(SampleLetter.ofPush(new SampleRequest("r" + i, 0), time(i / 2)));
    }

    List<Instant> times = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    @Nullable String page = null;
    do {
      Page<Letter> answer = view.list(LetterFilter.ANY, 3, page);
      answer.items().forEach(letter -> ids.add(letter.id()));
      answer.items().forEach(letter -> times.add(letter.failure().deadAt()));
      page = answer.next();
    } while (page != null);

    assertThat(ids).hasSize(7).doesNotHaveDuplicates();
    assertThat(times).isSortedAccordingTo(Comparator.reverseOrder());
  }

  @Test
  void shouldPreferWhatAStageSaysToWhatTheBrokerSays() throws Exception {
    DeadLetter told = SampleLetter.ofPush(new SampleRequest("one", 0), time(1));
    DeadLetter dropped = SampleLetter.ofPush(new SampleRequest("one", 0), time(9));

    state.accept(dropped, Letter.Source.BROKER);
    state.accept(told);
    state.accept(dropped, Letter.Source.BROKER);

    assertThat(view.list(LetterFilter.ANY, 10, null).items())
        .extracting(Letter::source, one -> one.failure().deadAt())
        .containsExactly(tuple(Letter.Source.PIPELINE, time(1)));
  }

  @Test
  void shouldBeReplayedThoughTheReplayIsSeenFirstAndOpenWhenItDiesAgain() throws Exception {
    DeadLetter letter = SampleLetter.ofWebhook(time(1));
    state.accept(new EventReplayed(letter.id(), time(2), Stage.GATEWAY, null, null, null, null));
    state.accept(letter);
    Letter replayed = view.find(letter.id()).orElseThrow();

    state.accept(SampleLetter.ofWebhook(time(3)));
    Letter again = view.find(letter.id()).orElseThrow();

    assertThat(replayed.state()).isEqualTo(Letter.State.REPLAYED);
    assertThat(replayed.replayedAt()).isEqualTo(time(2));
    assertThat(again.state()).isEqualTo(Letter.State.OPEN);
  }
}
