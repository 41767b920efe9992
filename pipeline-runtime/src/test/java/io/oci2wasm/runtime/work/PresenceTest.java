package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter.Origin;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PresenceTest {
  private static final Origin RECORD = new Origin("topic", 3, 17);
  private static final ImagePushed EVENT =
      new ImagePushed(
          "a".repeat(32),
          Lane.BULK,
          "test",
          new ImageReference("r.example", "team/app", "1", null),
          null,
          Instant.parse("2026-11-29T10:00:00Z"));

  private final BlockingQueue<WorkerSeen> told = new LinkedBlockingQueue<>();
  private final AtomicBoolean away = new AtomicBoolean();
  private final EventPublisher publisher =
      new EventPublisher() {
        @Override
        public void publish(List<? extends TopicEvent> events) throws UnavailableException {
          if (away.get()) {
            throw new UnavailableException("Kafka is away", null);
          }
          events.forEach(event -> told.add((WorkerSeen) event));
        }

        @Override
        public void report(PipelineEvent event) {
          throw new AssertionError("found a report of a request");
        }
      };

  @Test
  void shouldTellThatItIsThereWhatItDoesAndThatItEnds() throws Exception {
    WorkerSeen.Engine engine =
        new WorkerSeen.Engine(Platform.parse("linux/amd64"), "3", new Sha256Digest("e".repeat(64)));
    Presence presence =
        Presence.start(
            Stage.BUILD, 2, List.of(engine), Optional::empty, publisher, Clock.systemUTC());
    WorkerSeen first = next();
    presence.began(RECORD, EVENT, 3);
    WorkerSeen working = next();
    presence.ended(RECORD);
    WorkerSeen idle = next();
    presence.close();
    presence.close();

    assertThat(first.stage()).isEqualTo(Stage.BUILD);
    assertThat(first.slots()).isEqualTo(2);
    assertThat(first.version()).isNotEmpty();
    assertThat(first.process()).endsWith(":" + ProcessHandle.current().pid());
    assertThat(first.tasks()).isEmpty();
    assertThat(first.engines()).containsExactly(engine);
    assertThat(first.registries()).isNull();
    assertThat(working.engines()).containsExactly(engine);
    assertThat(working.worker()).isEqualTo(first.worker());
    assertThat(working.tasks())
        .singleElement()
        .satisfies(
            task -> {
              assertThat(task.lane()).isEqualTo(Lane.BULK);
              assertThat(task.requestId()).isEqualTo(EVENT.requestId());
              assertThat(task.image()).isEqualTo(EVENT.image());
              assertThat(task.attempt()).isEqualTo(3);
            });
    assertThat(idle.tasks()).isEmpty();
    assertThat(idle.ended()).isFalse();
    assertThat(told).singleElement().satisfies(last -> assertThat(last.ended()).isTrue());
  }

  @Test
  @SuppressWarnings("try") // it tells by itself
  void shouldTellAgainWhereNothingChangesWithWhatItAsksThen() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (Presence presence =
        Presence.start(
            Stage.INGEST,
            1,
            List.of(),
            () -> Optional.of(List.of(registry(asked.incrementAndGet()))),
            publisher,
            Clock.systemUTC())) {
      WorkerSeen first = next();
      WorkerSeen again = next();

      assertThat(again.seenAt()).isAfterOrEqualTo(first.seenAt().plusSeconds(9));
      assertThat(again.startedAt()).isEqualTo(first.startedAt());
      assertThat(first.registries()).containsExactly(registry(1));
      assertThat(again.registries()).containsExactly(registry(2));
    }
  }

  private static WorkerSeen.Registry registry(int requests) {
    return new WorkerSeen.Registry("r.example", 8, 0, 0, 16384, requests, 0, null);
  }

  @Test
  @SuppressWarnings("try") // it tells by itself
  void shouldGoOnWhereKafkaWasAway() throws Exception {
    away.set(true);
    try (Presence presence =
        Presence.start(Stage.INGEST, 1, List.of(), Optional::empty, publisher, Clock.systemUTC())) {
      WorkerSeen meanwhile = told.poll(1500, TimeUnit.MILLISECONDS);
      away.set(false);

      assertThat(meanwhile).isNull();
      assertThat(next().ended()).isFalse();
    }
  }

  private WorkerSeen next() throws InterruptedException {
    WorkerSeen next = told.poll(30, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("found nothing told in 30 s");
    }
    return next;
  }
}
