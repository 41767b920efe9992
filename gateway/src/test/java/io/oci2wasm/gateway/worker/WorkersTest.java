package io.oci2wasm.gateway.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.testsupport.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkersTest {
  private static final Instant NOW = Instant.parse("2026-11-29T10:00:00Z");
  private static final Sha256Digest MANIFEST = new Sha256Digest("d".repeat(64));
  private static final WorkerSeen.Task TASK =
      new WorkerSeen.Task(
          Lane.PUSH,
          "a".repeat(32),
          new ImageReference("r.example", "team/app", "1", null),
          MANIFEST,
          1,
          NOW);

  private final SettableClock clock = new SettableClock(NOW);
  private final Workers workers = new Workers(clock);

  private void tell(String worker, Stage stage, boolean ended, WorkerSeen.Task... tasks) {
    workers.accept(seen(worker, stage, ended, tasks), clock.instant());
  }

  private static WorkerSeen seen(
      String worker, Stage stage, boolean ended, WorkerSeen.Task... tasks) {
    return new WorkerSeen(
        worker, stage, "1.2", "host:7", 2, NOW, NOW, ended, List.of(tasks), List.of(), null);
  }

  private List<Workers.State> states() {
    return workers.list(500).stream().map(Workers.Worker::state).toList();
  }

  @Test
  void shouldShowWhatEachWorkerTellsOfItself() {
    tell("b", Stage.BUILD, false, TASK);
    tell("i", Stage.INGEST, false);

    List<Workers.Worker> found = workers.list(500);

    assertThat(found).extracting(Workers.Worker::id).containsExactly("i", "b");
    assertThat(states()).containsExactly(Workers.State.IDLE, Workers.State.WORKING);
    Workers.Worker build = found.get(1);
    assertThat(build.version()).isEqualTo("1.2");
    assertThat(build.process()).isEqualTo("host:7");
    assertThat(build.slots()).isEqualTo(2);
    assertThat(build.tasks())
        .singleElement()
        .satisfies(
            task -> assertThat(task.conversion()).isEqualTo("a".repeat(32) + "-" + "d".repeat(64)));
  }

  @Test
  void shouldForgetAWorkerThatEnds() {
    tell("b", Stage.BUILD, false, TASK);
    tell("b", Stage.BUILD, true);

    assertThat(workers.list(500)).isEmpty();
  }

  @Test
  void shouldShowForAWhileThatAWorkerIsGone() {
    tell("killed", Stage.BUILD, false, TASK);
    tell("well", Stage.BUILD, false);
    clock.pass(Workers.GONE_AFTER);
    assertThat(states()).containsOnly(Workers.State.WORKING, Workers.State.IDLE);

    clock.pass(Duration.ofSeconds(1));
    tell("well", Stage.BUILD, false);

    assertThat(states()).containsExactly(Workers.State.IDLE, Workers.State.GONE);
    assertThat(workers.list(500).get(1).tasks()).hasSize(1);
    assertThat(workers.list(500).get(1).seenAt()).isEqualTo(NOW);

    clock.pass(Workers.FORGOTTEN_AFTER);
    tell("well", Stage.BUILD, false);
    assertThat(workers.list(500)).extracting(Workers.Worker::id).containsExactly("well");
  }

  @Test
  void shouldShowAgainOneThatWasOnlySilent() {
    tell("b", Stage.BUILD, false);
    clock.pass(Workers.GONE_AFTER.plusSeconds(1));
    assertThat(states()).containsExactly(Workers.State.GONE);

    tell("b", Stage.BUILD, false);

    assertThat(states()).containsExactly(Workers.State.IDLE);
  }

  /** A gateway that starts reads what was told before: it does not think that it is told now. */
  @Test
  void shouldTakeOldReportsAsWhatTheyAre() {
    workers.accept(seen("old", Stage.BUILD, false), NOW.minus(Duration.ofMinutes(50)));
    workers.accept(seen("late", Stage.BUILD, false), NOW.minus(Duration.ofMinutes(2)));
    workers.accept(seen("now", Stage.BUILD, false), NOW.minus(Duration.ofSeconds(20)));
    workers.accept(seen("ahead", Stage.BUILD, false), NOW.plus(Duration.ofMinutes(5)));

    assertThat(workers.list(500))
        .extracting(Workers.Worker::id)
        .containsExactly("ahead", "now", "late");
    assertThat(states())
        .containsExactly(Workers.State.IDLE, Workers.State.IDLE, Workers.State.GONE);
  }

  private void tell(String worker, WorkerSeen.Registry... registries) {
    workers.accept(
        new WorkerSeen(
            worker,
            Stage.INGEST,
            "1.2",
            "host:7",
            2,
            NOW,
            NOW,
            false,
            List.of(),
            List.of(),
            List.of(registries)),
        clock.instant());
  }

  private static WorkerSeen.Registry asked(
      String host, int atATime, int requests, @Nullable Instant until) {
    return new WorkerSeen.Registry(host, atATime, 0, 0, 16384, requests, 1, until);
  }

  @Test
  void shouldAddUpWhatWorkersAskOfARegistry() {
    Instant later = NOW.plusSeconds(60);
    tell("old", asked("r.example", 8, 3, NOW.plusSeconds(30)));
    tell("new", asked("r.example", 2, 2, later), asked("other.example", 2, 0, null));
    tell("newer", asked("r.example", 2, 1, null));

    Map<String, RegistryUse> found = workers.registries().orElseThrow();

    assertThat(found).containsOnlyKeys("other.example", "r.example");
    RegistryUse use = Objects.requireNonNull(found.get("r.example"));
    assertThat(use.limits())
        .containsExactlyInAnyOrder(
            new RegistryUse.Limits(1, 8, 0, 0, 16384), new RegistryUse.Limits(2, 2, 0, 0, 16384));
    assertThat(use.requests()).isEqualTo(6);
    assertThat(use.waiting()).isEqualTo(3);
    assertThat(use.waitUntil()).isEqualTo(later);
  }

  @Test
  void shouldForgetWhatIsOverAndWhoIsGone() {
    tell("gone", asked("gone.example", 8, 3, null));
    clock.pass(Workers.GONE_AFTER.plusSeconds(1));
    tell("there", asked("r.example", 8, 0, NOW.plusSeconds(40)));
    clock.pass(Duration.ofSeconds(10));

    assertThat(workers.registries().orElseThrow())
        .containsOnlyKeys("r.example")
        .hasEntrySatisfying("r.example", use -> assertThat(use.waitUntil()).isNull());
  }

  /** Those of earlier versions, and of other stages, do not: nothing is known then. */
  @Test
  void shouldNotTakeSilenceForNoRegistry() {
    tell("b", Stage.BUILD, false);
    assertThat(workers.registries()).isEmpty();

    tell("i");

    assertThat(workers.registries()).hasValueSatisfying(all -> assertThat(all).isEmpty());
  }

  @Test
  void shouldListNoMoreThanAsked() {
    for (int i = 0; i < 10; i++) {
      tell("worker-" + i, Stage.RESOLVE, false);
    }

    assertThat(workers.list(3)).hasSize(3);
  }
}
