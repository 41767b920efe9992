package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import io.oci2wasm.testsupport.Started;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Long events of an ordinary consumer group, through a real broker. */
class GroupWorkerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final Started<WorkerKafka> KAFKA = new Started<>(WorkerKafka::start);

  private static WorkerKafka kafka() {
    return KAFKA.get();
  }

  @Test
  void shouldWorkOnOthersWhileOneWaitsAndRepeatNothingThatHasEnded() throws Exception {
    Recorder recorder = new Recorder();
    recorder.failing.put("away", Integer.MAX_VALUE);

    try (GroupWorker<BatchRequested> worker = work("others", recorder)) {
      request("others", "away");
      request("others", "one");
      request("others", "two");
      await().atMost(PATIENCE).until(() -> recorder.done.containsAll(List.of("one", "two")));

      assertThat(worker.alive()).isTrue();
      assertThat(recorder.done).doesNotContain("away");
      recorder.failing.clear();
      await().atMost(PATIENCE).until(() -> recorder.done.contains("away"));
    }

    Recorder next = new Recorder();
    try (GroupWorker<BatchRequested> worker = work("others", next)) {
      request("others", "three");
      await().atMost(PATIENCE).until(() -> next.done.contains("three"));

      assertThat(next.done).containsExactly("three");
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldSetAsideARecordThatHoldsNoEventAndWorkOnTheNext() throws Exception {
    Recorder recorder = new Recorder();
    recorder.silent.put("unreadable", 2);

    try (GroupWorker<BatchRequested> worker = work("aside", recorder)) {
      kafka()
          .publisher()
          .forward(
              List.of(
                  new OutgoingRecord(
                      Topics.BATCH_REQUESTED, new RecordCopy(null, List.of(), "bm90aGluZw=="))));
      request("aside", "good");
      await().atMost(PATIENCE).until(() -> recorder.done.contains("good"));
      await().atMost(PATIENCE).until(() -> !recorder.given.isEmpty());

      assertThat(worker.alive()).isTrue();
    }
    assertThat(recorder.given)
        .hasEntrySatisfying(
            Topics.BATCH_REQUESTED,
            why -> assertThat(why).contains("reading record " + Topics.BATCH_REQUESTED));
  }

  @Test
  void shouldLeaveWhatHasNotEndedToTheNextWorker() throws Exception {
    Recorder stuck = new Recorder();
    stuck.endless = true;

    try (GroupWorker<BatchRequested> worker = work("stop", stuck)) {
      request("stop", "long");
      await().atMost(PATIENCE).until(() -> stuck.begun.contains("long"));

      assertThat(worker.alive()).isTrue();
    }
    Recorder next = new Recorder();
    try (GroupWorker<BatchRequested> worker = work("stop", next)) {
      await().atMost(PATIENCE).until(() -> next.done.contains("long"));

      assertThat(worker.alive()).isTrue();
    }
    assertThat(stuck.done).isEmpty();
    assertThat(stuck.given).doesNotContainKey("long");
    assertThat(next.given).doesNotContainKey("long");
  }

  @Test
  void shouldFinishWhatItHasBegunWhenItIsToldToStop() throws Exception {
    Recorder recorder = new Recorder();
    recorder.gate = new CountDownLatch(1);

    GroupWorker<BatchRequested> worker = work("drain", recorder);
    request("drain", "begun");
    await().atMost(PATIENCE).until(() -> recorder.begun.contains("begun"));
    worker.stopTaking();
    request("drain", "late");
    recorder.gate.countDown();
    worker.close();

    assertThat(recorder.done).containsExactly("begun");
    Recorder next = new Recorder();
    try (GroupWorker<BatchRequested> other = work("drain", next)) {
      await().atMost(PATIENCE).until(() -> !next.done.isEmpty());

      assertThat(next.done).containsExactly("late");
      assertThat(other.alive()).isTrue();
    }
  }

  @Test
  void shouldGiveUpWhatStaysAwayAndWhatIsADefect() throws Exception {
    Recorder recorder = new Recorder();
    recorder.failing.put("away", Integer.MAX_VALUE);
    recorder.defective.add("broken");
    recorder.silent.put("away", 2);

    try (GroupWorker<BatchRequested> worker =
        work(
            "give-up",
            recorder,
            WorkerConfig.of(1)
                .retrying(Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofSeconds(1)))) {
      request("give-up", "away");
      request("give-up", "broken");
      await().atMost(PATIENCE).until(() -> recorder.given.size() == 2);

      assertThat(recorder.given.get("away")).contains("no answer (tried ").endsWith(" times)");
      assertThat(recorder.given.get("broken"))
          .contains("a defect of ours")
          .contains("worker's log");
      assertThat(recorder.done).isEmpty();
      assertThat(worker.alive()).isTrue();
    }
  }

  private static GroupWorker<BatchRequested> work(String test, Recorder recorder) {
    return work(
        test,
        recorder,
        WorkerConfig.of(1)
            .retrying(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofHours(1))
            .draining(Duration.ofSeconds(1)));
  }

  private static GroupWorker<BatchRequested> work(
      String test, Recorder recorder, WorkerConfig config) {
    recorder.test = test;
    return GroupWorker.start(
        new GroupWorker.Topic<>(Topics.BATCH_REQUESTED, BatchRequested.class, test),
        recorder,
        kafka().config(),
        config,
        Clock.systemUTC());
  }

  private static void request(String test, String name) throws Exception {
    kafka()
        .publisher()
        .publish(
            List.of(
                new BatchRequested(
                    RequestIds.of("test", test, name),
                    BatchRequested.Kind.SCAN,
                    test,
                    List.of(name),
                    null,
                    null,
                    0,
                    Instant.now())));
  }

  /** Events of one test by name, and what is to become of them. */
  private static final class Recorder implements GroupHandler<BatchRequested> {
    private final List<String> begun = new CopyOnWriteArrayList<>();
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final Map<String, String> given = new ConcurrentHashMap<>();
    private final Map<String, Integer> failing = new ConcurrentHashMap<>();
    private final Map<String, Integer> silent = new ConcurrentHashMap<>();
    private final List<String> defective = new CopyOnWriteArrayList<>();
    private volatile String test = "";
    private volatile boolean endless;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public void handle(BatchRequested event) throws IOException, InterruptedException {
      if (!event.registry().equals(test)) {
        return;
      }
      String name = event.repositories().get(0);
      begun.add(name);
      if (endless) {
        new CountDownLatch(1).await();
      }
      gate.await();
      if (failing.containsKey(name)) {
        throw new UnavailableException("no answer", null);
      }
      if (defective.contains(name)) {
        throw new IllegalStateException("broken");
      }
      done.add(name);
    }

    @Override
    public void giveUp(BatchRequested event, String why) throws IOException {
      String name = event.repositories().get(0);
      if (silent.merge(name, -1, Integer::sum) >= 0) {
        throw new UnavailableException("Kafka is away", null);
      }
      given.put(name, why);
    }

    @Override
    public void unreadable(TopicRecord record, UndecodableEventException why) throws IOException {
      if (silent.merge("unreadable", -1, Integer::sum) >= 0) {
        throw new UnavailableException("Kafka is away", null);
      }
      given.put(record.partition().topic(), String.valueOf(why.getMessage()));
    }
  }
}
