package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.gateway.retention.GcRun.State;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What people are told of runs; what runs do is in RetentionIT. */
@Timeout(60)
class GcRunsTest {
  private final StuckFacts facts = new StuckFacts();
  private final ObjectStore store = ObjectStore.open(StoreConfig.DEFAULT);
  private final Collector collector =
      new Collector(
          RetentionConfig.DEFAULT, facts, store, new SimpleMeterRegistry(), Clock.systemUTC());
  private final GcRuns runs = new GcRuns(collector, Clock.systemUTC());

  @AfterEach
  void close() {
    runs.close();
    store.close();
  }

  @Test
  void shouldKeepOthersAwayUntilItEnds() throws Exception {
    GcRun run = runs.begin(true);

    assertThatThrownBy(() -> runs.begin(false))
        .isInstanceOf(Collector.AlreadyRunningException.class)
        .hasMessageContaining("found another run under way");
    assertThatThrownBy(() -> collector.run(false))
        .isInstanceOf(Collector.AlreadyRunningException.class);
    assertThat(runs.find(run.id())).contains(run);
    assertThat(run.state()).isEqualTo(State.RUNNING);

    facts.goOn();
    GcRun ended = awaitEnd(run);
    assertThat(runs.begin(true).id()).isNotEqualTo(ended.id());
  }

  @Test
  void shouldTellWhyARunFailed() throws Exception {
    GcRun run = runs.begin(false);
    facts.goOn();

    GcRun ended = awaitEnd(run);

    assertThat(ended.state()).isEqualTo(State.FAILED);
    assertThat(ended.message()).contains("the database is away", "the next run goes on");
    assertThat(ended.report()).isNull();
    assertThat(ended.startedAt()).isEqualTo(run.startedAt());
  }

  @Test
  void shouldKnowTheLastOnly() throws Exception {
    GcRun first = runs.begin(true);
    facts.goOn();
    GcRun unused = awaitEnd(first);

    GcRun second = runs.begin(true);

    assertThat(runs.find(first.id())).isEmpty();
    assertThat(runs.find(second.id())).isPresent();
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

  private GcRun awaitEnd(GcRun run) throws InterruptedException {
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
    public List<KnownImage> images() throws UnavailableException {
      try {
        going.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new UnavailableException("the database is away", null);
    }

    @Override
    public List<KnownImage> imagesSince(Instant time) {
      return List.of();
    }

    @Override
    public List<KnownBundle> bundles() {
      return List.of();
    }

    @Override
    public List<ImageDeleted> deletions() {
      return List.of();
    }
  }
}
