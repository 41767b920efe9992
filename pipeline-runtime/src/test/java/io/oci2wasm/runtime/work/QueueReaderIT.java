package io.oci2wasm.runtime.work;

import static io.oci2wasm.runtime.work.WorkerKafka.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.WorkHeld;
import io.oci2wasm.testsupport.SettableClock;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Depth and age as a real broker tells them. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class QueueReaderIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private WorkerKafka kafka;
  private QueueReader reader;

  @BeforeEach
  void start() throws Exception {
    kafka = WorkerKafka.start(directory);
    reader = QueueReader.open(kafka.config(), Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    reader.close();
    kafka.close();
  }

  @Test
  void shouldCountWhatNobodyHasTakenAndKnowTheOldest() throws Exception {
    QueueLevels empty = reader.read();
    Instant before = Instant.now().minusMillis(1);
    kafka.push(Lane.PUSH, "first");
    Instant between = Instant.now().plusMillis(1);
    kafka.push(Lane.PUSH, "second");

    QueueLevels filled = reader.read();

    assertThat(empty.queues())
        .hasSize(10)
        .allSatisfy(queue -> assertThat(queue.depth()).isZero())
        .allSatisfy(queue -> assertThat(queue.oldest()).isNull());
    assertThat(queue(filled, Lane.PUSH).depth()).isEqualTo(2);
    assertThat(queue(filled, Lane.PUSH).oldest()).isBetween(before, between);
    assertThat(queue(filled, Lane.BULK)).isEqualTo(queue(empty, Lane.BULK));
  }

  @Test
  void shouldTellWhatWaitsFromWhatIsBeingWorkedOn() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ShareWorker worker =
        kafka.work(
            event -> {
              begun.countDown();
              go.await();
              return done(event);
            },
            WorkerConfig.of(1))) {
      kafka.push(Lane.PUSH, "slow");
      begun.await();
      awaitQueue(0, 1);
      assertThat(queue(reader.read(), Lane.PUSH).oldest()).isNull();
      Instant between = Instant.now().minusMillis(1);
      kafka.push(Lane.PUSH, "waits");
      kafka.push(Lane.PUSH, "waits-too");

      awaitQueue(2, 1);
      assertThat(queue(reader.read(), Lane.PUSH).oldest()).isAfter(between);
      go.countDown();
      awaitQueue(0, 0);
      assertThat(queue(reader.read(), Lane.PUSH).oldest()).isNull();
      assertThat(worker.alive()).isTrue();
    }
  }

  /** A long build does not make those look old that wait behind what overtook it. */
  @Test
  void shouldNotTakeALongTaskForWaiting() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ShareWorker worker =
        kafka.work(
            event -> {
              if (event.image().repository().equals("team/slow")) {
                begun.countDown();
                go.await();
              }
              return done(event);
            },
            WorkerConfig.of(2))) {
      kafka.push(Lane.PUSH, "slow");
      begun.await();
      ImagePushed overtaking = kafka.push(Lane.PUSH, "overtaking");
      await().atMost(PATIENCE).until(() -> !kafka.ended(overtaking).isEmpty());

      awaitQueue(0, 1);
      assertThat(queue(reader.read(), Lane.PUSH).oldest()).isNull();
      go.countDown();
      awaitQueue(0, 0);
      assertThat(worker.alive()).isTrue();
    }
  }

  /** Who dies tells nothing more. */
  @Test
  void shouldCountAsWaitingWhatADeadWorkerHad() throws Exception {
    QueueLevels unused = reader.read();
    kafka.push(Lane.PUSH, "first");
    kafka.push(Lane.PUSH, "second");
    kafka
        .publisher()
        .publish(
            List.of(
                new WorkHeld(
                    "dead",
                    Stage.INGEST,
                    Lane.PUSH,
                    Instant.now(),
                    List.of(new WorkHeld.Place(0, 0)))));

    awaitQueue(1, 1);
    awaitQueue(2, 0);
  }

  private void awaitQueue(long depth, long running) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(queue(reader.read(), Lane.PUSH))
                    .extracting(QueueLevels.Queue::depth, QueueLevels.Queue::running)
                    .containsExactly(depth, running));
  }

  /** Kafka keeps the last event done as the first of its group until another is done. */
  @Test
  void shouldNotTakeWhatIsDoneForTheOldest() throws Exception {
    CountDownLatch begun = new CountDownLatch(2);
    CountDownLatch go = new CountDownLatch(1);
    try (ShareWorker worker =
        kafka.work(
            event -> {
              begun.countDown();
              if (begun.getCount() == 0) {
                go.await();
              }
              return done(event);
            },
            WorkerConfig.of(1))) {
      kafka.push(Lane.PUSH, "app");
      await().atMost(PATIENCE).until(() -> begun.getCount() == 1);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(queue(reader.read(), Lane.PUSH).depth()).isZero());
      Instant between = Instant.now().minusMillis(1);
      kafka.push(Lane.PUSH, "app");
      begun.await();

      kafka.push(Lane.PUSH, "app");

      awaitQueue(1, 1);
      assertThat(queue(reader.read(), Lane.PUSH).oldest()).isAfter(between);
      go.countDown();
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldCountRetriesUntilTheyArePutBack() throws Exception {
    AtomicBoolean away = new AtomicBoolean(true);
    SettableClock clock = new SettableClock(Instant.now());
    WorkerConfig config =
        WorkerConfig.of(1)
            .retrying(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofHours(24));
    try (ShareWorker worker =
        kafka.work(
            event ->
                away.get()
                    ? new Outcome.Retry(Reason.REGISTRY_UNAVAILABLE, "no answer", null)
                    : done(event),
            config,
            clock)) {
      kafka.push(Lane.PUSH, "away");
      kafka.push(Lane.BULK, "away-too");

      awaitRetries(2);
      assertThat(retries(Stage.BUILD)).isZero();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(queue(reader.read(), Lane.BULK).depth()).isZero());
      away.set(false);
      clock.pass(Duration.ofMinutes(1));
      awaitRetries(0);
      assertThat(worker.alive()).isTrue();
    }
  }

  /** Bundles wait for delivery only where somebody delivers, who forwards them to its lanes. */
  @Test
  void shouldCountNothingToDeliverWhereNobodyDelivers() throws Exception {
    kafka.write(Topics.BUNDLE_BUILT, new RecordCopy(null, List.of(), "e30="));

    assertThat(kafka.records(Topics.BUNDLE_BUILT)).hasSize(1);
    assertThat(reader.read().queues())
        .filteredOn(queue -> queue.stage() == Stage.DELIVER)
        .hasSize(2)
        .allSatisfy(queue -> assertThat(queue.depth()).isZero());
    assertThat(retries(Stage.DELIVER)).isZero();
  }

  private void awaitRetries(long expected) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(retries(Stage.INGEST)).isEqualTo(expected));
  }

  private long retries(Stage stage) throws Exception {
    return reader.read().retries().stream()
        .filter(retries -> retries.stage() == stage)
        .findFirst()
        .orElseThrow()
        .waiting();
  }

  private static QueueLevels.Queue queue(QueueLevels levels, Lane lane) {
    return levels.queues().stream()
        .filter(queue -> queue.stage() == Stage.INGEST && queue.lane() == lane)
        .findFirst()
        .orElseThrow();
  }
}
