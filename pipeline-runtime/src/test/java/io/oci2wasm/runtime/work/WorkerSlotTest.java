package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerSlotTest {
  private static final String TOPIC = Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH);
  private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
  private static final long NONE = -1;

  /** So short that a lock as old as the work before is always renewed before the next. */
  private static final Duration LOCK = Duration.ofNanos(3);

  private final ExecutorService tasks = Executors.newCachedThreadPool();
  private final BlockingQueue<DeadLetter> letters = new LinkedBlockingQueue<>();
  private final Publisher publisher = new Publisher();
  private final HeldWork held = HeldWork.start(Stage.INGEST, publisher, Clock.systemUTC());
  private final Presence presence =
      Presence.start(Stage.INGEST, 1, List.of(), Optional::empty, publisher, Clock.systemUTC());

  @AfterEach
  void stop() {
    tasks.shutdownNow();
    held.close();
    presence.close();
  }

  @Test
  void shouldNotWorkOnARecordWhoseLockEndedBeforeItWasPolled() throws Exception {
    Member first = new Member(List.of(record(1), record(2)), 2);
    Member second = new Member(List.of(record(2)), NONE);
    Deque<Member> members = new ArrayDeque<>(List.of(first, second));
    WorkerSlot<ImagePushed> slot = slot(members);
    slot.loop().start();

    List<DeadLetter> worked = new ArrayList<>();
    while (worked.size() < 2) {
      worked.add(letters.take());
    }
    slot.loop().stop();
    assertThat(slot.loop().join(Duration.ofSeconds(30))).isTrue();

    assertThat(worked)
        .extracting(DeadLetter::origin)
        .containsExactly(new DeadLetter.Origin(TOPIC, 0, 1), new DeadLetter.Origin(TOPIC, 0, 2));
    assertThat(letters).isEmpty();
    assertThat(first.said).contains("1 ACCEPT", "2 RENEW").doesNotContain("2 ACCEPT");
    assertThat(first.closed).isTrue();
    assertThat(second.said).contains("2 ACCEPT");
  }

  /** What it says nobody can read: so each that is worked on leaves a letter. */
  private static ConsumerRecord<byte[], byte[]> record(long offset) {
    return new ConsumerRecord<>(TOPIC, 0, offset, new byte[0], new byte[] {1});
  }

  private WorkerSlot<ImagePushed> slot(Deque<Member> members) {
    EventHandler<ImagePushed> handler =
        new EventHandler<>() {
          @Override
          public Outcome handle(ImagePushed event) {
            throw new AssertionError("no record holds an event");
          }

          @Override
          public PipelineEvent ending(ImagePushed event, Reason reason, String message) {
            return Endings.ofRequest(event, Stage.INGEST, reason, message);
          }
        };
    WorkerConfig config = WorkerConfig.of(1);
    TaskRules<ImagePushed> rules =
        new TaskRules<>(
            Stage.INGEST,
            Topics.IMAGE_PUSHED,
            handler,
            publisher,
            config,
            new RetryPolicy(config, RandomGenerator.getDefault()),
            5,
            new TaskMetrics(new SimpleMeterRegistry(), Stage.INGEST, Lane.PUSH, held),
            presence,
            new DeadLetters(Stage.INGEST, Lane.PUSH, Clock.systemUTC()),
            new ProcessHealth(),
            new Suspects(Duration.ZERO),
            Clock.systemUTC());
    return new WorkerSlot<>(
        "test",
        () -> members.remove().consumer(),
        tasks,
        rules,
        ImagePushed.class,
        Lane.PUSH,
        new LaneGate(),
        LOCK,
        Thread::new);
  }

  /** A member of a share group that was given records. */
  private static final class Member {
    private final Deque<ConsumerRecord<byte[], byte[]>> records;
    private final long lost;
    private final List<String> said = new ArrayList<>();
    private ConsumerRecord<byte[], byte[]> acknowledged = record(0);
    private AcknowledgeType how = AcknowledgeType.ACCEPT;
    private boolean closed;

    /** {@code lost}: the offset of the record whose lock has ended. */
    private Member(List<ConsumerRecord<byte[], byte[]>> records, long lost) {
      this.records = new ArrayDeque<>(records);
      this.lost = lost;
    }

    @SuppressWarnings("unchecked")
    private ShareConsumer<byte[], byte[]> consumer() {
      return (ShareConsumer<byte[], byte[]>)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {ShareConsumer.class},
              (proxy, method, arguments) -> {
                switch (method.getName()) {
                  case "poll" -> {
                    return poll();
                  }
                  case "acknowledge" -> {
                    acknowledged = (ConsumerRecord<byte[], byte[]>) arguments[0];
                    how = (AcknowledgeType) arguments[1];
                    return null;
                  }
                  case "commitSync" -> {
                    return commit();
                  }
                  case "close" -> {
                    closed = true;
                    return null;
                  }
                  default -> throw new AssertionError(method);
                }
              });
    }

    private ConsumerRecords<byte[], byte[]> poll() {
      ConsumerRecord<byte[], byte[]> next = records.poll();
      return next == null
          ? ConsumerRecords.empty()
          : new ConsumerRecords<>(Map.of(PARTITION, List.of(next)), Map.of());
    }

    private Map<TopicIdPartition, Optional<KafkaException>> commit() {
      said.add(acknowledged.offset() + " " + how.name());
      boolean refused = acknowledged.offset() == lost;
      if (how == AcknowledgeType.RENEW && !refused) {
        records.addFirst(acknowledged);
      }
      return Map.of(
          new TopicIdPartition(Uuid.ONE_UUID, PARTITION),
          refused ? Optional.of(new InvalidRecordStateException("ended")) : Optional.empty());
    }
  }

  private final class Publisher implements RecordPublisher {
    @Override
    public void forward(List<OutgoingRecord> records) {
      throw new AssertionError("nothing is put off");
    }

    @Override
    public void publish(List<? extends TopicEvent> events) {
      for (TopicEvent event : events) {
        if (!(event instanceof WorkerSeen)) {
          letters.add((DeadLetter) event);
        }
      }
    }

    @Override
    public void report(PipelineEvent event) {
      // what is held is told now and then
    }
  }
}
