package io.oci2wasm.runtime.work;

import static io.oci2wasm.runtime.work.WorkerKafka.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicTrimmer;
import io.oci2wasm.testsupport.SampleEvents;
import io.oci2wasm.testsupport.SettableClock;
import io.oci2wasm.testsupport.Started;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is unavailable is tried again later, through a real broker, without a worker waiting. */
class RetryIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Outcome AWAY =
      new Outcome.Retry(Reason.REGISTRY_UNAVAILABLE, "no answer", null);

  @RegisterExtension static final Started<WorkerKafka> KAFKA = new Started<>(WorkerKafka::start);

  private static WorkerKafka kafka() {
    return KAFKA.get();
  }

  @Test
  void shouldSucceedOnceWhatWasUnavailableIsBack() throws Exception {
    AtomicInteger runs = new AtomicInteger();

    try (ShareWorker worker =
        kafka().work(event -> runs.incrementAndGet() < 3 ? AWAY : done(event))) {
      ImagePushed event = kafka().push(Lane.BULK, "comes-back");
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(runs).hasValue(3);
      assertThat(kafka().ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
      assertThat(kafka().letters())
          .noneMatch(letter -> event.requestId().equals(letter.work().requestId()));
      assertThat(attempts(Topics.work(Topics.IMAGE_PUSHED, Lane.BULK), event))
          .containsExactly(1, 2, 3);
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldFailWhatStaysAwayWithItsReasonAndALetterWithTheOriginal() throws Exception {
    AtomicInteger runs = new AtomicInteger();

    try (ShareWorker worker =
        kafka()
            .work(
                event -> {
                  runs.incrementAndGet();
                  return AWAY;
                })) {
      ImagePushed event = kafka().push(Lane.PUSH, "stays-away");
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(runs.get()).isGreaterThan(2);
      assertThat(kafka().ended(event))
          .singleElement()
          .isInstanceOfSatisfying(
              ConversionFailed.class,
              failed -> assertThat(failed.reason()).isEqualTo(Reason.REGISTRY_UNAVAILABLE));
      DeadLetter letter = kafka().letter(event);
      assertThat(letter.failure().attempts()).isEqualTo(runs.get());
      assertThat(letter.record()).isEqualTo(records(Topics.IMAGE_PUSHED + ".push", event).get(0));
      assertThat(letter.failure().deadAt()).isAfter(letter.failure().firstFailedAt());
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldSurviveAnHourOfOutageAndWorkOnOthersMeanwhile() throws Exception {
    SettableClock clock = new SettableClock(Instant.now());
    Instant begin = clock.instant();
    AtomicBoolean registryAway = new AtomicBoolean(true);
    List<Instant> tries = new CopyOnWriteArrayList<>();
    WorkerConfig config =
        WorkerConfig.of(1)
            .retrying(Duration.ofMinutes(1), Duration.ofMinutes(20), Duration.ofHours(24));

    try (ShareWorker worker =
        kafka()
            .work(
                event -> {
                  if (!event.image().repository().equals("team/outage")) {
                    return done(event);
                  }
                  tries.add(clock.instant());
                  return registryAway.get() ? AWAY : done(event);
                },
                config,
                clock)) {
      ImagePushed event = kafka().push(Lane.PUSH, "outage");
      for (int minute = 0; minute < 60; minute++) {
        if (minute % 15 == 0) {
          ImagePushed other = kafka().push(Lane.PUSH, "meanwhile-" + minute);
          await().atMost(PATIENCE).until(() -> !kafka().ended(other).isEmpty());
        }
        awaitAttempts(event, clock.instant());
        clock.pass(Duration.ofMinutes(1));
      }
      assertThat(kafka().ended(event)).isEmpty();
      registryAway.set(false);
      clock.pass(Duration.ofMinutes(20));
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(kafka().ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
      assertThat(tries.size()).isBetween(6, 12);
      for (int i = 1; i < tries.size(); i++) {
        assertThat(Duration.between(tries.get(i - 1), tries.get(i)))
            .isGreaterThanOrEqualTo(Duration.ofSeconds(30));
      }
      assertThat(Duration.between(begin, clock.instant())).isGreaterThan(Duration.ofHours(1));
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldNotLetThousandsThatWaitForAnHourDelayAnother(@TempDir Path directory)
      throws Exception {
    try (WorkerKafka own = WorkerKafka.start(directory)) {
      String topic = Topics.retry(Topics.IMAGE_PUSHED);
      RetryMark inAnHour = new RetryMark(2, Instant.now(), Instant.now().plusSeconds(3600));
      List<OutgoingRecord> crowd = new ArrayList<>();
      for (int i = 0; i < 12_000; i++) {
        RecordCopy record =
            Records.outgoing(SampleEvents.pushed(Lane.BULK, "crowd-" + i), "test", Instant.now())
                .record();
        crowd.add(new OutgoingRecord(topic, inAnHour.on(record)));
      }
      own.publisher().forward(crowd);
      AtomicInteger runs = new AtomicInteger();

      try (ShareWorker worker =
          own.work(
              event -> runs.incrementAndGet() < 3 ? AWAY : done(event),
              WorkerKafka.QUICK.retrying(
                  Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofHours(1)))) {
        ImagePushed event = own.push(Lane.PUSH, "soon");
        await().atMost(PATIENCE).until(() -> !own.ended(event).isEmpty());

        assertThat(own.ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
        assertThat(runs).hasValue(3);
        assertThat(own.letters()).isEmpty();
        assertThat(worker.alive()).isTrue();
      }
    }
  }

  @Test
  void shouldBringBackWhatWaitsWhenItsWorkerWasReplaced() throws Exception {
    WorkerConfig slow =
        WorkerConfig.of(1)
            .retrying(Duration.ofSeconds(4), Duration.ofSeconds(4), Duration.ofHours(1));
    ImagePushed event;
    try (ShareWorker first = kafka().work(any -> AWAY, slow)) {
      event = kafka().push(Lane.PUSH, "replaced");
      await()
          .atMost(PATIENCE)
          .until(() -> !records(Topics.retry(Topics.IMAGE_PUSHED), event).isEmpty());
      assertThat(first.alive()).isTrue();
    }

    try (ShareWorker second = kafka().work(WorkerKafka::done)) {
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(kafka().ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
      assertThat(second.alive()).isTrue();
    }
  }

  @Test
  void shouldMakeADeadLetterOfWhatIsNoEventInTheRetryTopic() throws Exception {
    RecordCopy garbage = new RecordCopy(null, List.of(), RecordCopy.encode(new byte[] {1}));
    kafka().write(Topics.retry(Topics.IMAGE_PUSHED), garbage);

    try (ShareWorker worker = kafka().work(WorkerKafka::done)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(kafka().letters())
                      .extracting(DeadLetter::record)
                      .containsOnlyOnce(garbage));
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldRemoveOnlyWhatIsDoneFromARetryTopic() throws Exception {
    String topic = Topics.retry(Topics.PLATFORM_RESOLVED);
    for (int i = 0; i < 3; i++) {
      kafka()
          .write(topic, new RecordCopy(null, List.of(), RecordCopy.encode(new byte[] {(byte) i})));
    }

    try (TopicTrimmer trimmer = TopicTrimmer.open(kafka().config(), Duration.ZERO)) {
      trimmer.trim(Map.of(new TopicPartition(topic, 0), 2L));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(kafka().records(topic))
                      .extracting(RecordCopy::value)
                      .containsExactly(RecordCopy.encode(new byte[] {2})));
    }
  }

  /** Waits until every attempt that may begin at {@code now} was made and failed. */
  private static void awaitAttempts(ImagePushed event, Instant now) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              List<RecordCopy> retries = records(Topics.retry(Topics.IMAGE_PUSHED), event);
              return !retries.isEmpty() && notBefore(retries.get(retries.size() - 1)).isAfter(now);
            });
  }

  private static Instant notBefore(RecordCopy retry) {
    return Instant.parse(retry.text("ce_notbefore").orElseThrow());
  }

  private static List<Integer> attempts(String topic, ImagePushed event) {
    List<Integer> attempts = new ArrayList<>();
    records(topic, event).forEach(record -> attempts.add(RetryMark.of(record).attempt()));
    return attempts;
  }

  private static List<RecordCopy> records(String topic, ImagePushed event) {
    return kafka().records(topic).stream()
        .filter(record -> record.text("ce_id").orElse("").equals(event.eventId()))
        .toList();
  }
}
