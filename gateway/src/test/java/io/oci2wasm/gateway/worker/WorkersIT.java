package io.oci2wasm.gateway.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.TestKafka;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.TopicFollower;
import io.oci2wasm.runtime.monitor.Monitoring;
import io.oci2wasm.runtime.work.EventHandler;
import io.oci2wasm.runtime.work.LaneGate;
import io.oci2wasm.runtime.work.Outcome;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Suspects;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real workers tell through Kafka is what the gateway shows. */
class WorkersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path directory;

  private final CountDownLatch work = new CountDownLatch(1);
  private final AtomicBoolean killed = new AtomicBoolean();

  @Test
  @SuppressWarnings("try") // the follower only has to be open
  void shouldShowWhatIsAtWorkUntilItEnds() throws Exception {
    Workers workers = new Workers(Clock.systemUTC());
    try (TestKafka kafka = new TestKafka(directory);
        TopicFollower follower = follow(kafka, workers)) {
      ImagePushed push = kafka.push(Lane.PUSH, "app");
      try (ShareWorker worker = start(kafka)) {
        Workers.Worker shown =
            await()
                .atMost(PATIENCE)
                .until(
                    () -> workers.list(10),
                    found -> found.size() == 1 && !found.get(0).tasks().isEmpty())
                .get(0);
        assertThat(shown.state()).isEqualTo(Workers.State.WORKING);
        assertThat(shown.stage()).isEqualTo(Stage.INGEST);
        assertThat(shown.slots()).isEqualTo(2);
        assertThat(shown.tasks().get(0).requestId()).isEqualTo(push.requestId());
        assertThat(shown.tasks().get(0).lane()).isEqualTo(Lane.PUSH);
        work.countDown();
        await().atMost(PATIENCE).until(() -> workers.list(10).get(0).state() == Workers.State.IDLE);
      }
      await().atMost(PATIENCE).until(() -> workers.list(10).isEmpty());

      Workers later = new Workers(Clock.systemUTC());
      try (TopicFollower second = follow(kafka, later)) {
        await().atMost(PATIENCE).untilAsserted(second::checkCaughtUp);
        assertThat(later.list(10)).as("what a gateway shows that starts now").isEmpty();
      }
    }
  }

  @Test
  @SuppressWarnings("try") // the follower only has to be open
  void shouldShowAsGoneWhatWasKilled() throws Exception {
    Workers workers = new Workers(Clock.systemUTC());
    try (TestKafka kafka = new TestKafka(directory);
        TopicFollower follower = follow(kafka, workers);
        ShareWorker worker = start(kafka)) {
      await().atMost(PATIENCE).until(() -> workers.list(10).size() == 1);
      killed.set(true);
      assertThat(workers.list(10).get(0).state()).isEqualTo(Workers.State.IDLE);

      await().atMost(PATIENCE).until(() -> workers.list(10).get(0).state() == Workers.State.GONE);
    }
  }

  private static TopicFollower follow(TestKafka kafka, Workers workers) throws Exception {
    return TopicFollower.start(
        kafka.config(), List.of(Topics.WORKER_SEEN), new MemorySink(workers::accept));
  }

  private ShareWorker start(TestKafka kafka) {
    return ShareWorker.start(
        Stage.INGEST,
        Topics.IMAGE_PUSHED,
        ImagePushed.class,
        new EventHandler<ImagePushed>() {
          @Override
          public Outcome handle(ImagePushed event) throws InterruptedException {
            work.await();
            return new Outcome.Done(
                List.of(Endings.ofRequest(event, Stage.INGEST, Reason.NOT_AN_IMAGE, "done")));
          }

          @Override
          public PipelineEvent ending(ImagePushed event, Reason reason, String message) {
            return Endings.ofRequest(event, Stage.INGEST, reason, message);
          }
        },
        new ShareWorker.Wiring(
            kafka.config(),
            WorkerConfig.of(2),
            new Mortal(kafka.producer()),
            new Monitoring().registry(),
            new LaneGate(),
            new Suspects(),
            Clock.systemUTC()));
  }

  /** Nothing is heard any more from one that is killed. */
  private final class Mortal implements RecordPublisher {
    private final RecordPublisher publisher;

    Mortal(RecordPublisher publisher) {
      this.publisher = publisher;
    }

    private void checkAlive() throws UnavailableException {
      if (killed.get()) {
        throw new UnavailableException("killed", null);
      }
    }

    @Override
    public void publish(List<? extends TopicEvent> events) throws UnavailableException {
      checkAlive();
      publisher.publish(events);
    }

    @Override
    public void forward(List<OutgoingRecord> records) throws UnavailableException {
      checkAlive();
      publisher.forward(records);
    }

    @Override
    public void report(PipelineEvent event) {
      publisher.report(event);
    }
  }
}
