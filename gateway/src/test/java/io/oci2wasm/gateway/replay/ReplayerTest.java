package io.oci2wasm.gateway.replay;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.replay.ReplayResult.What;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.HistoryEntry;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterReader;
import io.oci2wasm.gateway.state.projection.LetterTransactions;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicRecord;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class ReplayerTest {
  private final RecordingPublisher publisher = new RecordingPublisher();
  private final List<DeadLetter> webhooks = new ArrayList<>();
  private final List<DeadLetter> subscribers = new ArrayList<>();
  private final SampleRequest request = new SampleRequest("one", 0);
  private TestState state;
  private Replayer replayer;

  @BeforeEach
  void open() throws IOException {
    state = TestState.open();
    replayer =
        new Replayer(
            new LetterTransactions(state.database()),
            publisher,
            webhooks::add,
            subscribers::add,
            Clock.fixed(time(60), ZoneOffset.UTC));
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void shouldWriteTheRecordToWhereItLayAndSaySo() throws Exception {
    DeadLetter letter = SampleLetter.ofPlatform(request, time(10));
    state.accept(letter);

    ReplayResult result = replayer.replay(letter.id(), false).orElseThrow();

    assertThat(result)
        .isEqualTo(
            new ReplayResult(
                letter.id(),
                What.REPLAYED,
                letter.work().stage(),
                letter.failure().reason(),
                letter.work().image(),
                request.id(),
                time(60),
                null));
    assertThat(publisher.forwarded())
        .singleElement()
        .satisfies(
            written -> {
              assertThat(written.topic()).isEqualTo("oci2wasm.platform.resolved.v1.push");
              assertThat(written.record()).isEqualTo(letter.record());
            });
    assertThat(publisher.published())
        .singleElement()
        .isInstanceOfSatisfying(
            EventReplayed.class,
            event -> {
              assertThat(event.deadLetterId()).isEqualTo(letter.id());
              assertThat(event.manifestDigest()).isEqualTo(SampleRequest.digest(request.name()));
            });
  }

  @Test
  void shouldReplayOnceUnlessForced() throws Exception {
    DeadLetter letter = SampleLetter.ofPush(request, time(10));
    state.accept(letter);
    ReplayResult first = replayer.replay(letter.id(), false).orElseThrow();

    ReplayResult second = replayer.replay(letter.id(), false).orElseThrow();
    int writtenByTwo = publisher.forwarded().size();
    ReplayResult forced = replayer.replay(letter.id(), true).orElseThrow();

    assertThat(first.result()).isEqualTo(What.REPLAYED);
    assertThat(second.result()).isEqualTo(What.ALREADY_REPLAYED);
    assertThat(second.replayedAt()).isEqualTo(time(60));
    assertThat(writtenByTwo).isEqualTo(1);
    assertThat(forced.result()).isEqualTo(What.REPLAYED);
    assertThat(publisher.forwarded()).hasSize(2);
    assertThat(replayer.replay("0".repeat(32), false)).isEmpty();
  }

  @Test
  void shouldPutAFailedRequestBackToQueuedUntilItsNextOutcome() throws Exception {
    state.accept(request.pushed());
    state.accept(request.failed());
    DeadLetter letter = SampleLetter.ofPush(request, time(10));
    state.accept(letter);

    ReplayResult unused = replayer.replay(letter.id(), false).orElseThrow();
    Conversion queued = state.view().find(request.id()).orElseThrow();
    boolean ended = state.view().findRequest(request.id()).orElseThrow().ended();

    assertThat(queued.status().state()).isEqualTo(ConversionState.QUEUED);
    assertThat(queued.status().reason()).isNull();
    assertThat(ended).isFalse();
    assertThat(queued.history())
        .extracting(HistoryEntry::state, HistoryEntry::stage, HistoryEntry::deadLetterId)
        .containsExactly(
            tuple(ConversionState.QUEUED, Stage.INGEST, null),
            tuple(ConversionState.FAILED, Stage.INGEST, null),
            tuple(ConversionState.QUEUED, Stage.INGEST, letter.id()));
  }

  @Test
  void shouldLeaveALetterOpenThatCouldNotBeWritten() throws Exception {
    DeadLetter letter = SampleLetter.ofPush(request, time(10));
    state.accept(letter);
    publisher.goAway();

    assertThatThrownBy(() -> replayer.replay(letter.id(), false))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("Kafka is away");

    assertThat(new LetterReader(state.database()).find(letter.id()).orElseThrow().state())
        .isEqualTo(Letter.State.OPEN);
  }

  @Test
  void shouldReplayWhatAFilterMatchesAndNothingInADryRun() throws Exception {
    for (int i = 0; i < 250; i++) {
      state.accept(SampleLetter.ofPush(new SampleRequest("many" + i, 0), time(i % 7)));
    }
    state.accept(SampleLetter.ofPlatform(request, time(10)));
    LetterFilter filter = new LetterFilter(null, Reason.NOT_FOUND, null, Letter.State.OPEN);
    long matching = new LetterReader(state.database()).list(filter, 500, null).items().size();

    List<ReplayResult> dry = replayer.replayAll(filter, false, true);
    int writtenByDryRun = publisher.forwarded().size();
    List<ReplayResult> done = replayer.replayAll(filter, false, false);

    assertThat(dry).hasSize((int) matching).allMatch(one -> one.result() == What.WOULD_REPLAY);
    assertThat(writtenByDryRun).isZero();
    assertThat(done).hasSize((int) matching).allMatch(one -> one.result() == What.REPLAYED);
    assertThat(publisher.forwarded()).hasSize((int) matching);
    assertThat(replayer.replayAll(filter, false, false)).isEmpty();
  }

  @Test
  void shouldReplayByItselfWhatALaterVersionWroteInEverLongerPauses() throws Exception {
    DeadLetter first = newer(7, 1, time(54));
    DeadLetter early = newer(8, 2, time(51));
    DeadLetter late = newer(9, 2, time(49));
    DeadLetter stranger = SampleLetter.ofPush(request, time(1));
    List.of(first, early, late, stranger).forEach(state::accept);

    int replayed = replayer.replayNewer();
    int again = replayer.replayNewer();

    assertThat(replayed).isEqualTo(2);
    assertThat(again).isZero();
    assertThat(publisher.forwarded())
        .allMatch(written -> written.topic().equals("oci2wasm.image.pushed.v1.push"))
        .extracting(written -> RetryMark.of(written.record()).attempt())
        .containsExactlyInAnyOrder(2, 3);
    assertThat(publisher.published())
        .extracting(event -> ((EventReplayed) event).deadLetterId())
        .containsExactlyInAnyOrder(first.id(), late.id());
    assertThat(new LetterReader(state.database()).find(early.id()).orElseThrow().state())
        .isEqualTo(Letter.State.OPEN);
  }

  @Test
  void shouldNotReplayByItselfWhatThisVersionCannotReadEither() throws Exception {
    DeadLetter letter = newer(7, 1, time(1));
    RecordCopy unknown = new RecordCopy(null, List.of(), letter.record().value());
    state.accept(
        TopicRecord.of(Objects.requireNonNull(letter.origin()), time(1), unknown)
            .letter(Stage.INGEST, Reason.NEWER_VERSION, "found no such word", time(1)));

    assertThat(replayer.replayNewer()).isZero();

    assertThat(publisher.forwarded()).isEmpty();
  }

  @Test
  void shouldRefuseWhatTheGatewayTakesInByItself() throws Exception {
    DeadLetter letter = newer(7, 1, time(1));
    state.accept(letter, Letter.Source.GATEWAY);

    ReplayResult result = replayer.replay(letter.id(), true).orElseThrow();
    List<ReplayResult> dry = replayer.replayAll(LetterFilter.ANY, false, true);

    assertThat(replayer.replayNewer()).isZero();
    assertThat(result.result()).isEqualTo(What.REFUSED);
    assertThat(result.message()).contains("the gateway could not store");
    assertThat(dry).extracting(ReplayResult::result).containsExactly(What.REFUSED);
    assertThat(publisher.forwarded()).isEmpty();
  }

  /** As an earlier version's worker wrote it: this one reads the record. */
  private DeadLetter newer(int offset, int attempts, Instant deadAt) {
    OutgoingRecord written = Records.outgoing(request.pushed().event(), "gateway", time(0));
    TopicRecord record =
        TopicRecord.of(
            new DeadLetter.Origin(written.topic(), 0, offset),
            time(0),
            new RetryMark(attempts, null, null).on(written.record()));
    return record.letter(Stage.INGEST, Reason.NEWER_VERSION, "found no such word", deadAt);
  }

  @Test
  void shouldReceiveAWebhookAgain() throws Exception {
    DeadLetter letter = SampleLetter.ofWebhook(time(10));
    state.accept(letter);

    ReplayResult result = replayer.replay(letter.id(), false).orElseThrow();

    assertThat(result.result()).isEqualTo(What.REPLAYED);
    assertThat(webhooks).extracting(DeadLetter::id).containsExactly(letter.id());
    assertThat(publisher.forwarded()).isEmpty();
  }

  @Test
  void shouldHaveASubscriberToldAgainAndChangeNothingForTheConversion() throws Exception {
    state.accept(request.pushed());
    state.accept(request.failed());
    Conversion before = state.view().find(request.id()).orElseThrow();
    DeadLetter letter = SampleLetter.ofSubscriber("ci", request, time(10));
    state.accept(letter);

    ReplayResult result = replayer.replay(letter.id(), false).orElseThrow();

    assertThat(result.result()).isEqualTo(What.REPLAYED);
    assertThat(subscribers).extracting(DeadLetter::id).containsExactly(letter.id());
    assertThat(webhooks).isEmpty();
    assertThat(publisher.forwarded()).isEmpty();
    assertThat(state.view().find(request.id())).contains(before);
  }

  @Test
  void shouldWriteToWorkTopicsOnly() throws Exception {
    DeadLetter honest = SampleLetter.ofPush(request, time(10));
    DeadLetter.Origin elsewhere = new DeadLetter.Origin("__consumer_offsets", 0, 1);
    DeadLetter forged =
        new DeadLetter(
            DeadLetter.idOf(elsewhere),
            honest.work(),
            honest.failure(),
            elsewhere,
            honest.record());
    state.accept(forged);

    ReplayResult result = replayer.replay(forged.id(), false).orElseThrow();

    assertThat(result.result()).isEqualTo(What.REFUSED);
    assertThat(result.message()).contains("__consumer_offsets", "expected a work topic");
    assertThat(publisher.forwarded()).isEmpty();
    assertThat(publisher.published()).isEmpty();
  }
}
