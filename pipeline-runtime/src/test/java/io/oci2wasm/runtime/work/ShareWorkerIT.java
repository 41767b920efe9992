package io.oci2wasm.runtime.work;

import static io.oci2wasm.runtime.work.WorkerKafka.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.testsupport.Started;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The worker loop on a real broker: whatever happens to a worker, no request is lost. */
class ShareWorkerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension static final Started<WorkerKafka> KAFKA = new Started<>(WorkerKafka::start);

  private static WorkerKafka kafka() {
    return KAFKA.get();
  }

  @Test
  void shouldWorkOnEventsWrittenBeforeAnyWorkerExisted() throws Exception {
    ImagePushed event = kafka().push(Lane.PUSH, "early");

    try (ShareWorker worker = kafka().work(WorkerKafka::done)) {
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(kafka().ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldRunALongTaskOnceThoughItOutlivesItsLock() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    long duration = WorkerKafka.LOCK.multipliedBy(3).toMillis();

    try (ShareWorker worker =
            kafka()
                .work(
                    event -> {
                      runs.incrementAndGet();
                      Thread.sleep(duration);
                      return done(event);
                    });
        ShareWorker other = kafka().work(WorkerKafka::done)) {
      ImagePushed event = kafka().push(Lane.PUSH, "long");
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(kafka().ended(event)).hasSize(1);
      assertThat(runs.get()).isLessThanOrEqualTo(1);
      assertThat(List.of(worker, other)).allMatch(ShareWorker::alive);
    }
  }

  @Test
  void shouldRunEachLongTaskOnceWhileOtherEventsWait() throws Exception {
    // Given
    Map<String, Integer> runs = new ConcurrentHashMap<>();
    List<ImagePushed> pushed = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      pushed.add(kafka().push(Lane.PUSH, "queued-" + i));
    }

    // When
    try (ShareWorker worker =
        kafka()
            .work(
                event -> {
                  runs.merge(event.requestId(), 1, Integer::sum);
                  Thread.sleep(WorkerKafka.LOCK.multipliedBy(2).toMillis());
                  return done(event);
                })) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> pushed.stream().noneMatch(event -> kafka().ended(event).isEmpty()));
      Thread.sleep(WorkerKafka.LOCK.toMillis());
      assertThat(worker.alive()).isTrue();
    }

    // Then
    assertThat(pushed).allSatisfy(event -> assertThat(runs.get(event.requestId())).isEqualTo(1));
  }

  @Test
  void shouldGiveAnEventToAnotherTryWhenItsTaskCrashes() throws Exception {
    AtomicInteger runs = new AtomicInteger();

    try (ShareWorker worker =
        kafka()
            .work(
                event -> {
                  if (runs.incrementAndGet() == 1) {
                    throw new StackOverflowError("made up by a test");
                  }
                  return done(event);
                })) {
      ImagePushed event = kafka().push(Lane.PUSH, "crash-once");
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(runs).hasValue(2);
      assertThat(kafka().ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldSayThatItIsBrokenAndFailNothingWhenItsHeapWasFull() throws Exception {
    try (ShareWorker broken =
        kafka()
            .work(
                event -> {
                  throw new OutOfMemoryError("made up by a test");
                })) {
      ImagePushed event = kafka().push(Lane.PUSH, "heap-full");
      await().atMost(PATIENCE).until(() -> !broken.alive());
      ImagePushed innocent = kafka().push(Lane.PUSH, "innocent");

      try (ShareWorker other = kafka().work(WorkerKafka::done)) {
        await()
            .atMost(PATIENCE)
            .until(() -> !kafka().ended(event).isEmpty() && !kafka().ended(innocent).isEmpty());

        assertThat(kafka().ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
        assertThat(kafka().ended(innocent)).singleElement().isInstanceOf(ConversionSkipped.class);
        assertThat(other.alive()).isTrue();
        assertThat(broken.alive()).isFalse();
      }
    }
  }

  @Test
  void shouldTakeOverFromAWorkerThatFellSilent() throws Exception {
    ImagePushed event = kafka().push(Lane.PUSH, "silent");
    Map<String, Object> properties = kafka().config().clientProperties();
    properties.put("group.id", Topics.shareGroup(Stage.INGEST, Lane.PUSH));
    properties.put("share.acknowledgement.mode", "explicit");
    properties.put("share.acquire.mode", "record_limit");
    properties.put("max.poll.records", 1);

    try (KafkaShareConsumer<byte[], byte[]> silent =
        new KafkaShareConsumer<>(
            properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      silent.subscribe(List.of(Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH)));
      await().atMost(PATIENCE).until(() -> !silent.poll(Duration.ofMillis(500)).isEmpty());
      try (ShareWorker worker = kafka().work(WorkerKafka::done)) {
        await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

        assertThat(kafka().ended(event)).hasSize(1);
        assertThat(worker.alive()).isTrue();
      }
    }
  }

  @Test
  void shouldFailARequestThatCrashesEveryWorker() throws Exception {
    AtomicInteger runs = new AtomicInteger();

    try (ShareWorker worker =
        kafka()
            .work(
                event -> {
                  runs.incrementAndGet();
                  throw new StackOverflowError("made up by a test");
                })) {
      ImagePushed event = kafka().push(Lane.PUSH, "crash-always");
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(runs).hasValue(WorkerKafka.DELIVERY_LIMIT - 1);
      assertThat(kafka().ended(event))
          .singleElement()
          .isInstanceOfSatisfying(
              ConversionFailed.class,
              failed -> {
                assertThat(failed.reason()).isEqualTo(Reason.INTERNAL);
                assertThat(failed.message()).contains("stage ingest", event.requestId());
              });
      assertThat(kafka().letter(event).failure().attempts())
          .isEqualTo(WorkerKafka.DELIVERY_LIMIT - 1);
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldFailARequestAtOnceOnADefectAndBoundItsMessage() throws Exception {
    AtomicInteger runs = new AtomicInteger();

    try (ShareWorker worker =
        kafka()
            .work(
                event -> {
                  if (event.image().repository().equals("team/defect")) {
                    runs.incrementAndGet();
                    throw new IllegalStateException("made up by a test");
                  }
                  return new Outcome.Rejected(Reason.MANIFEST_INVALID, "x".repeat(5_000_000));
                })) {
      ImagePushed defect = kafka().push(Lane.PUSH, "defect");
      ImagePushed talkative = kafka().push(Lane.PUSH, "talkative");
      await()
          .atMost(PATIENCE)
          .until(() -> !kafka().ended(defect).isEmpty() && !kafka().ended(talkative).isEmpty());

      assertThat(runs).hasValue(1);
      assertThat(kafka().ended(defect))
          .singleElement()
          .isInstanceOfSatisfying(
              ConversionFailed.class,
              failed -> assertThat(failed.message()).doesNotContain("made up"));
      assertThat(kafka().ended(talkative))
          .singleElement()
          .isInstanceOfSatisfying(
              ConversionFailed.class,
              failed -> assertThat(failed.message().length()).isBetween(100, 1000));
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldStartAPushThoughBulkWorkIsRunningAndBeginNoBulkMeanwhile() throws Exception {
    List<String> started = new CopyOnWriteArrayList<>();
    CountDownLatch bulkRuns = new CountDownLatch(1);
    CountDownLatch pushMayEnd = new CountDownLatch(1);
    CountDownLatch pushRuns = new CountDownLatch(1);

    try (ShareWorker worker =
        kafka()
            .work(
                event -> {
                  started.add(event.image().repository());
                  if (event.lane() == Lane.PUSH) {
                    pushRuns.countDown();
                    assertThat(pushMayEnd.await(20, TimeUnit.SECONDS)).isTrue();
                  } else {
                    bulkRuns.countDown();
                    assertThat(pushRuns.await(20, TimeUnit.SECONDS)).isTrue();
                  }
                  return done(event);
                })) {
      ImagePushed firstBulk = kafka().push(Lane.BULK, "bulk-1");
      assertThat(bulkRuns.await(20, TimeUnit.SECONDS)).isTrue();
      ImagePushed push = kafka().push(Lane.PUSH, "urgent");
      ImagePushed secondBulk = kafka().push(Lane.BULK, "bulk-2");
      await().atMost(PATIENCE).until(() -> !kafka().ended(firstBulk).isEmpty());
      Thread.sleep(1000);

      assertThat(started).containsExactly("team/bulk-1", "team/urgent");
      pushMayEnd.countDown();
      await()
          .atMost(PATIENCE)
          .until(() -> !kafka().ended(push).isEmpty() && !kafka().ended(secondBulk).isEmpty());
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldFinishWhatEndsInTimeWhenItStopsAndTakeNothingElse() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    ImagePushed next;
    ImagePushed event = kafka().push(Lane.PUSH, "finished");

    try (ShareWorker worker =
        kafka()
            .work(
                taken -> {
                  runs.incrementAndGet();
                  begun.countDown();
                  Thread.sleep(1500);
                  return done(taken);
                })) {
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      worker.stopTaking();
      next = kafka().push(Lane.PUSH, "next");
    }

    await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());
    assertThat(runs).hasValue(1);
    assertThat(kafka().ended(next)).isEmpty();
    try (ShareWorker worker = kafka().work(WorkerKafka::done)) {
      await().atMost(PATIENCE).until(() -> !kafka().ended(next).isEmpty());
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldGiveBackWhatDoesNotEndInTimeAndNeverTakeStoppingForACrash() throws Exception {
    ImagePushed event = kafka().push(Lane.PUSH, "given-back");
    WorkerConfig hasty = WorkerKafka.QUICK.draining(Duration.ofMillis(300));
    AtomicInteger interrupted = new AtomicInteger();

    for (int stops = 1; stops <= WorkerKafka.DELIVERY_LIMIT + 1; stops++) {
      CountDownLatch begun = new CountDownLatch(1);
      ShareWorker worker =
          kafka()
              .work(
                  taken -> {
                    begun.countDown();
                    try {
                      Thread.sleep(60_000);
                    } catch (InterruptedException e) {
                      interrupted.incrementAndGet();
                      throw e;
                    }
                    return done(taken);
                  },
                  hasty);
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      worker.close();
      assertThat(interrupted).hasValue(stops);
    }
    assertThat(kafka().ended(event)).isEmpty();

    try (ShareWorker worker = kafka().work(WorkerKafka::done)) {
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());
      assertThat(kafka().ended(event)).singleElement().isInstanceOf(ConversionSkipped.class);
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldWriteAnEventThatTellsOfAThousandFailedPlatforms() throws Exception {
    try (ShareWorker worker =
        kafka().work(event -> new Outcome.Done(List.of(ingested(event, 1500))))) {
      ImagePushed event = kafka().push(Lane.PUSH, "thousand-platforms");
      await()
          .atMost(PATIENCE)
          .until(() -> !kafka().records(Topics.work(Topics.IMAGE_INGESTED, Lane.PUSH)).isEmpty());

      assertThat(kafka().records(Topics.work(Topics.IMAGE_INGESTED, Lane.PUSH)))
          .singleElement()
          .satisfies(
              record -> assertThat(RecordCopy.decode(record.value())).hasSizeGreaterThan(3 << 19));
      assertThat(kafka().ended(event)).isEmpty();
      assertThat(worker.alive()).isTrue();
    }
  }

  @Test
  void shouldSayThatAnEventIsTooLargeForKafka() throws Exception {
    try (ShareWorker worker =
        kafka().work(event -> new Outcome.Done(List.of(ingested(event, 10_000))))) {
      ImagePushed event = kafka().push(Lane.PUSH, "too-many-platforms");
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      assertThat(kafka().ended(event))
          .singleElement()
          .isInstanceOfSatisfying(
              ConversionFailed.class,
              failed -> assertThat(failed.message()).contains("bytes", "expected at most"));
      assertThat(kafka().letter(event).failure().reason()).isEqualTo(Reason.INTERNAL);
      assertThat(worker.alive()).isTrue();
    }
  }

  private static ImageIngested ingested(ImagePushed event, int failures) {
    Descriptor manifest = new Descriptor(MediaTypes.OCI_MANIFEST, Sha256Digest.of(new byte[1]), 1);
    return new ImageIngested(
        event.requestId(),
        event.lane(),
        event.image().withDigest(manifest.digest()),
        manifest,
        new ImageIngested.Blobs(1, 1, 1),
        Collections.nCopies(
            failures,
            new ImageIngested.PlatformFailure(manifest, null, Reason.NOT_FOUND, "x".repeat(1000))));
  }

  @Test
  void shouldMakeADeadLetterOfARecordThatHoldsNoEventAndGoOn() throws Exception {
    RecordCopy garbage =
        new RecordCopy(
            RecordCopy.encode(new byte[] {-1}),
            List.of(RecordCopy.Header.of("ce_id", new byte[] {-2})),
            RecordCopy.encode("no event".getBytes(StandardCharsets.UTF_8)));
    kafka().write(Topics.work(Topics.IMAGE_PUSHED, Lane.PUSH), garbage);

    try (ShareWorker worker = kafka().work(WorkerKafka::done)) {
      ImagePushed event = kafka().push(Lane.PUSH, "after-garbage");
      await().atMost(PATIENCE).until(() -> !kafka().ended(event).isEmpty());

      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(kafka().letters())
                      .filteredOn(letter -> letter.failure().reason() == Reason.UNREADABLE)
                      .singleElement()
                      .satisfies(
                          letter -> {
                            assertThat(letter.record()).isEqualTo(garbage);
                            assertThat(letter.work().stage()).isEqualTo(Stage.INGEST);
                            assertThat(letter.work().requestId()).isNull();
                          }));
      assertThat(worker.alive()).isTrue();
    }
    assertThat(kafka().records(Topics.DROPPED))
        .extracting(RecordCopy::value)
        .doesNotContain(garbage.value());
  }
}
