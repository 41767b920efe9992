package io.oci2wasm.gateway.state.summary;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // the set-up sets the field
class SummaryReaderTest {
  private TestState state;

  @BeforeEach
  void open() throws Exception {
    state = TestState.open();
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void shouldCountWhatRunsAndWhatEnded() throws Exception {
    state.accept(new SampleRequest("waits", 0).pushed());
    state.accept(new SampleRequest("waits-too", 1).pushed());
    SampleRequest waits = new SampleRequest("waits-for-build", 2);
    state.accept(List.of(waits.pushed(), waits.started(), waits.ingested(), waits.resolved()));
    SampleRequest builds = new SampleRequest("builds", 3);
    state.accept(List.of(builds.pushed(), builds.resolved(), builds.building(4, 1)));
    SampleRequest resolves = new SampleRequest("resolves", 4);
    state.accept(
        List.of(resolves.pushed(), resolves.ingested(), resolves.started(3, Stage.RESOLVE, 1)));
    SampleRequest trained = new SampleRequest("trained", 5);
    state.accept(List.of(trained.pushed(), trained.started(4, Stage.TRANSLATE, 1)));
    new SampleRequest("built", 65).everything().forEach(state::accept);
    SampleRequest failed = new SampleRequest("failed", 66);
    state.accept(failed.pushed());
    state.accept(failed.failed());

    Summary summary = read(Duration.ofMinutes(3));

    assertThat(summary.open())
        .containsExactlyInAnyOrder(
            new Summary.Open(ConversionState.QUEUED, Stage.INGEST, Lane.PUSH, 2),
            new Summary.Open(ConversionState.QUEUED, Stage.BUILD, Lane.PUSH, 1),
            new Summary.Open(ConversionState.RESOLVING, Stage.RESOLVE, Lane.PUSH, 1),
            new Summary.Open(ConversionState.TRANSLATING, Stage.TRANSLATE, Lane.PUSH, 1),
            new Summary.Open(ConversionState.BUILDING, Stage.BUILD, Lane.PUSH, 1));
    assertThat(summary.ended())
        .containsExactly(
            new Summary.Minute(SampleRequest.time(60), ConversionState.BUILT, 1),
            new Summary.Minute(SampleRequest.time(60), ConversionState.FAILED, 1),
            new Summary.Minute(SampleRequest.time(60), ConversionState.SKIPPED, 1));
    assertThat(summary.failures()).containsExactly(new Summary.Failures(Reason.NOT_FOUND, 1));
  }

  @Test
  void shouldForgetOutcomesAfterHalfAnHourAndFailuresAfterADay() throws Exception {
    SampleRequest failed = new SampleRequest("failed", 0);
    state.accept(failed.pushed());
    state.accept(failed.failed());

    assertThat(read(Duration.ofMinutes(29)).ended()).hasSize(1);
    assertThat(read(Duration.ofMinutes(32)).ended()).isEmpty();
    assertThat(read(Duration.ofHours(23)).failures()).hasSize(1);
    assertThat(read(Duration.ofHours(25)).failures()).isEmpty();
  }

  @Test
  void shouldCountOpenDeadLettersOnly() throws Exception {
    DeadLetter letter = SampleLetter.ofPush(new SampleRequest("failed", 0), SampleRequest.time(1));
    state.accept(letter);
    state.accept(SampleLetter.ofWebhook(SampleRequest.time(1)));

    assertThat(read(Duration.ZERO).deadLetters()).isEqualTo(2);

    state.accept(
        new EventReplayed(
            letter.id(), SampleRequest.time(2), Stage.GATEWAY, null, null, null, null));

    assertThat(read(Duration.ZERO).deadLetters()).isEqualTo(1);
  }

  private Summary read(Duration afterBegin) throws Exception {
    Clock clock = Clock.fixed(SampleRequest.time(0).plus(afterBegin), ZoneOffset.UTC);
    return new SummaryReader(state.database(), clock).read();
  }
}
