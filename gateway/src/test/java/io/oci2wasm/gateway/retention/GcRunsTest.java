package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.retention.GcRun.State;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.retention.StateGcRegister;
import io.oci2wasm.testsupport.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What people are told of runs; what runs do is in RetentionIT. */
@Timeout(60)
class GcRunsTest {
  private final StuckFacts facts = new StuckFacts();
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-26T06:00:00Z"));
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final Collector collector =
      new Collector(
          RetentionConfig.DEFAULT,
          facts,
          new MemoryBucket(clock),
          new RecordingPublisher(),
          metrics,
          clock);
  private final TestState state;
  private final GcRegister register;
  private final GcRuns runs;

  /** Of another gateway with the same database. */
  private final GcRuns others;

  GcRunsTest() throws Exception {
    state = TestState.open();
    register = new StateGcRegister(state.database());
    runs = new GcRuns(collector, register, clock);
    others = new GcRuns(collector, new StateGcRegister(state.database()), clock);
  }

  @AfterEach
  void close() {
    runs.close();
    others.close();
    state.close();
  }

  @Test
  void shouldKeepOthersAwayUntilItEnds() throws Exception {
    GcRun run = runs.begin(true);

    for (GcRuns each : List.of(runs, others)) {
      assertThatThrownBy(() -> each.begin(false))
          .isInstanceOf(GcRuns.AlreadyRunningException.class)
          .hasMessageContaining("found another run under way");
      assertThat(each.find(run.id())).contains(run);
    }
    assertThat(run.state()).isEqualTo(State.RUNNING);

    facts.goOn();
    GcRun ended = awaitEnd(run);
    assertThat(others.find(run.id())).contains(ended);
    assertThat(awaitTurn(others).id()).isNotEqualTo(ended.id());
  }

  @Test
  void shouldTellWhyARunFailed() throws Exception {
    GcRun run = runs.begin(false);
    facts.goOn();

    GcRun ended = awaitEnd(run);

    assertThat(ended.state()).isEqualTo(State.FAILED);
    assertThat(ended.message()).contains("the database is away", "the next run continues");
    assertThat(ended.report()).isNull();
    assertThat(metrics.get("oci2wasm.retention.failures").counter().count()).isEqualTo(1);
    assertThat(ended.startedAt()).isEqualTo(run.startedAt());
  }

  @Test
  void shouldGiveItsTurnToOthersWhateverEndsIt() throws Exception {
    facts.error = new OutOfMemoryError("a test's");
    GcRun run = runs.begin(false);
    facts.goOn();

    GcRun ended = awaitEnd(run);

    assertThat(ended.state()).isEqualTo(State.FAILED);
    assertThat(ended.message()).contains("OutOfMemoryError", "a test's", "the next run continues");
    assertThat(awaitTurn(runs).state()).isEqualTo(State.RUNNING);
    assertThat(runs.find(run.id())).contains(ended);
  }

  @Test
  void shouldTellThatTheGatewayOfARunHasGone() throws Exception {
    GcRun run = GcRun.begun("gone", false, clock.instant());
    assertThat(register.lease(run.id(), Duration.ofSeconds(-1))).isTrue();
    register.save(run);

    GcRun found = runs.find(run.id()).orElseThrow();

    assertThat(found.state()).isEqualTo(State.FAILED);
    assertThat(found.message()).contains("gateway stopped", "the next run continues");
    assertThat(runs.begin(true).state()).isEqualTo(State.RUNNING);
  }

  @Test
  void shouldFailARunThatIsInterrupted() throws Exception {
    GcRun run = runs.begin(false);

    runs.close();

    assertThat(others.find(run.id()).orElseThrow().state()).isEqualTo(State.FAILED);
    assertThat(others.begin(true).state()).isEqualTo(State.RUNNING);
  }

  @Test
  void shouldRememberRunsForAWhile() throws Exception {
    GcRun first = runs.begin(true);
    facts.goOn();
    GcRun unused = awaitEnd(first);
    GcRun second = awaitTurn(runs);
    assertThat(runs.find(first.id())).isPresent();
    unused = awaitEnd(second);

    clock.pass(GcRuns.KEEP.plusSeconds(1));
    GcRun third = awaitTurn(runs);

    assertThat(runs.find(first.id())).isEmpty();
    assertThat(runs.find(second.id())).isEmpty();
    assertThat(runs.find(third.id())).isPresent();
    assertThat(runs.find("none")).isEmpty();
  }

  @Test
  void shouldBeginNothingWhileItDoesNotKnowWhatIsWanted() throws Exception {
    facts.behind = true;
    assertThatThrownBy(() -> runs.begin(false))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("behind");

    facts.behind = false;

    assertThat(runs.begin(false).state()).isEqualTo(State.RUNNING);
  }

  @Test
  void shouldRunOnScheduleOnceForAllGatewaysAndAfterRestarts() throws Exception {
    facts.goOn();
    Duration day = Duration.ofDays(1);
    try (RetentionSchedule ours = new RetentionSchedule(runs, register, day, clock);
        RetentionSchedule theirs = new RetentionSchedule(others, register, day, clock)) {
      clock.pass(day.minusSeconds(1));
      ours.beginDue();
      assertThat(register.lastRemoval()).isEmpty();

      clock.pass(Duration.ofSeconds(1));
      Instant first = clock.instant();
      ours.beginDue();
      theirs.beginDue();
      assertThat(register.lastRemoval()).contains(first);

      clock.pass(day.minusSeconds(1));
      ours.beginDue();
      theirs.beginDue();
      assertThat(register.lastRemoval()).contains(first);
    }
    try (RetentionSchedule restarted = new RetentionSchedule(runs, register, day, clock)) {
      clock.pass(Duration.ofSeconds(1));
      Optional<Instant> due = Optional.of(clock.instant());
      // Not while the first one still ends.
      while (!register.lastRemoval().equals(due)) {
        restarted.beginDue();
      }
    }
  }

  /** What {@code each} begins as soon as it may. */
  private static GcRun awaitTurn(GcRuns each) throws Exception {
    while (true) {
      try {
        return each.begin(true);
      } catch (GcRuns.AlreadyRunningException e) {
        Thread.sleep(10);
      }
    }
  }

  private GcRun awaitEnd(GcRun run) throws Exception {
    GcRun now = run;
    while (now.state() == State.RUNNING) {
      Thread.sleep(10);
      now = runs.find(run.id()).orElseThrow();
    }
    return now;
  }

  /** Let who asks for images wait, and then in vain. */
  private static final class StuckFacts implements ImageFacts {
    private final CountDownLatch going = new CountDownLatch(1);
    private volatile boolean behind;
    private volatile @Nullable Error error;

    void goOn() {
      going.countDown();
    }

    @Override
    public void requireCurrent() throws UnavailableException {
      if (behind) {
        throw new UnavailableException("the topics are behind", null);
      }
    }

    @Override
    public void requests(Visitor<RequestFact> visitor) throws UnavailableException {
      try {
        going.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (error != null) {
        throw error;
      }
      throw new UnavailableException("the database is away", null);
    }

    @Override
    public void requestsSince(Instant time, Visitor<RequestFact> visitor) {
      throw new AssertionError("it never comes to that");
    }

    @Override
    public List<String> bundles(Collection<Sha256Digest> manifests) {
      throw new AssertionError("it never comes to that");
    }

    @Override
    public List<ImageDeleted> deletions() {
      return List.of();
    }
  }
}
