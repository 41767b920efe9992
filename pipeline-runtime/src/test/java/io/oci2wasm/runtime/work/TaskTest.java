package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventTooLargeException;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.RetryMark;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class TaskTest {
  private static final int DELIVERY_LIMIT = 5;
  private static final ImagePushed EVENT =
      new ImagePushed(
          "0123456789abcdef0123456789abcdef",
          Lane.PUSH,
          "test",
          ImageReference.parse("registry.example/team/app:1"),
          null,
          Instant.EPOCH);

  private static final Instant NOW = Instant.parse("2026-11-24T06:40:23Z");
  private static final DeadLetter.Origin ORIGIN =
      new DeadLetter.Origin("oci2wasm.image.pushed.v1.push", 1, 42);
  private static final RecordCopy RECORD =
      new RecordCopy(
          null,
          List.of(RecordCopy.Header.of("ce_id", new byte[] {65})),
          RecordCopy.encode(new byte[] {1, 2}));

  private final FakePublisher publisher = new FakePublisher();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ProcessHealth processHealth = new ProcessHealth();
  private final Suspects suspects = new Suspects(Duration.ZERO);
  private final HeldWork held =
      HeldWork.start(Stage.INGEST, new FakePublisher(), Clock.systemUTC());
  private final Presence presence =
      Presence.start(
          Stage.INGEST, 1, List.of(), Optional::empty, new FakePublisher(), Clock.systemUTC());
  private int handled;

  @AfterEach
  void stopTelling() {
    held.close();
    presence.close();
  }

  @Test
  void shouldPublishWhatTheHandlerSays() throws Exception {
    run(event -> new Outcome.Done(List.of(ending(Reason.NOT_AN_IMAGE))), 1);

    assertThat(publisher.published).containsExactly(ending(Reason.NOT_AN_IMAGE));
    assertThat(publisher.reported)
        .singleElement()
        .isInstanceOfSatisfying(
            StageStarted.class,
            started -> {
              assertThat(started.stage()).isEqualTo(Stage.INGEST);
              assertThat(started.attempt()).isEqualTo(1);
              assertThat(started.manifestDigest()).isNull();
            });
    assertThat(meters.get("oci2wasm.tasks").tag("outcome", "done").timer().count()).isOne();
  }

  @Test
  void shouldLogEveryLineOfATaskWithItsRequestAndWhatTheHandlerAddsAndNoneAfterIt()
      throws Exception {
    ListAppender<ILoggingEvent> lines =
        new ListAppender<>() {
          @Override
          protected void append(ILoggingEvent line) {
            // A line reads the MDC when it is asked for it first, here after the task.
            line.prepareForDeferredProcessing();
            super.append(line);
          }
        };
    lines.start();
    Logger logger = (Logger) LoggerFactory.getLogger("io.oci2wasm.runtime.work");
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
    try {
      run(
          event -> {
            MDC.put(LogKeys.CONVERSION_ID, "c1");
            return new Outcome.Retry(Reason.STORE_UNAVAILABLE, "away", null);
          },
          1);
    } finally {
      logger.detachAppender(lines);
      logger.setLevel(null);
    }

    assertThat(lines.list)
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line.getMDCPropertyMap())
                    .containsOnly(
                        Map.entry("requestId", EVENT.requestId()),
                        Map.entry("conversionId", "c1")));
    assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
  }

  @Test
  void shouldHaveEachOutcomeAtZeroBeforeTheFirstTask() {
    TaskMetrics unused = new TaskMetrics(meters, Stage.BUILD, Lane.BULK, held);

    assertThat(meters.get("oci2wasm.tasks").tags("stage", "build", "lane", "bulk").timers())
        .hasSize(4)
        .allSatisfy(timer -> assertThat(timer.count()).isZero());
    assertThat(meters.get("oci2wasm.tasks.redelivered").counter().count()).isZero();
  }

  @Test
  void shouldTurnARejectionIntoItsCompletionEvent() throws Exception {
    run(event -> new Outcome.Rejected(Reason.NO_PLATFORM, "why"), 1);
    run(event -> new Outcome.Rejected(Reason.ATTESTATION, "why"), 1);

    assertThat(publisher.published)
        .hasExactlyElementsOfTypes(
            ConversionFailed.class, DeadLetter.class, ConversionSkipped.class);
  }

  @Test
  void shouldNotRunTheHandlerOnTheLastDelivery() throws Exception {
    run(event -> new Outcome.Done(List.of()), DELIVERY_LIMIT);

    assertThat(handled).isZero();
    assertThat(publisher.published)
        .first()
        .isInstanceOfSatisfying(
            ConversionFailed.class,
            failed -> assertThat(failed.message()).contains("in 4 deliveries"));
    assertThat(letter().failure().attempts()).isEqualTo(4);
  }

  @Test
  void shouldPutOffWhatIsUnavailable() throws Exception {
    run(event -> new Outcome.Retry(Reason.STORE_UNAVAILABLE, "away", null), 1);

    assertThat(handled).isOne();
    assertThat(publisher.published).isEmpty();
    OutgoingRecord retry = publisher.forwarded.get(0);
    assertThat(retry.topic()).isEqualTo("oci2wasm.image.pushed.v1.retry");
    assertThat(retry.record().value()).isEqualTo(RECORD.value());
    assertThat(retry.record().headers()).containsAll(RECORD.headers());
    assertThat(retry.record().text("ce_attempt")).contains("2");
    assertThat(retry.record().text("ce_firstattempt")).contains(NOW.toString());
    assertThat(Instant.parse(retry.record().text("ce_notbefore").orElseThrow()))
        .isBetween(NOW.plusSeconds(5), NOW.plusSeconds(10));
    assertThat(
            meters
                .get("oci2wasm.tasks.retries")
                .tag("reason", "store-unavailable")
                .counter()
                .count())
        .isOne();
  }

  @Test
  void shouldGiveUpWhatWasTriedTooLongWithADeadLetterThatCanBeReplayed() throws Exception {
    RetryMark twelfth = new RetryMark(12, NOW.minus(Duration.ofHours(24)), NOW);
    Delivery delivery = new Delivery(ORIGIN, twelfth.on(RECORD), twelfth, 1);

    run(event -> new Outcome.Retry(Reason.STORE_UNAVAILABLE, "away", null), delivery);

    assertThat(publisher.forwarded).isEmpty();
    assertThat(publisher.published)
        .hasExactlyElementsOfTypes(ConversionFailed.class, DeadLetter.class);
    DeadLetter letter = letter();
    assertThat(letter.record()).isEqualTo(RECORD);
    assertThat(letter.origin()).isEqualTo(ORIGIN);
    assertThat(letter.id()).isEqualTo(DeadLetter.idOf(ORIGIN));
    assertThat(letter.work().requestId()).isEqualTo(EVENT.requestId());
    assertThat(letter.failure().attempts()).isEqualTo(12);
    assertThat(letter.failure().firstFailedAt()).isEqualTo(twelfth.firstFailed());
    assertThat(letter.failure().deadAt()).isEqualTo(NOW);
    assertThat(letter.failure().message()).startsWith("away (tried 12 times");
  }

  @Test
  void shouldMakeADeadLetterOfAPermanentFailureAtOnceAndNoneOfASkip() throws Exception {
    run(event -> new Outcome.Rejected(Reason.DIGEST_MISMATCH, "why"), 1);

    assertThat(letter().failure().reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(letter().failure().attempts()).isOne();
    publisher.published.clear();

    run(event -> new Outcome.Rejected(Reason.NOT_AN_IMAGE, "why"), 1);

    assertThat(publisher.published).hasExactlyElementsOfTypes(ConversionSkipped.class);
  }

  @Test
  void shouldMakeADeadLetterOfAnImageOfWhichAPlatformFailed() throws Exception {
    Descriptor manifest = new Descriptor(MediaTypes.OCI_MANIFEST, Sha256Digest.of(new byte[1]), 1);
    ImageIngested ingested =
        new ImageIngested(
            EVENT.requestId(),
            Lane.PUSH,
            EVENT.image().withDigest(manifest.digest()),
            manifest,
            new ImageIngested.Blobs(1, 1, 1),
            List.of(new ImageIngested.PlatformFailure(manifest, null, Reason.NOT_FOUND, "gone")));

    run(event -> new Outcome.Done(List.of(ingested)), 1);

    assertThat(publisher.published)
        .hasExactlyElementsOfTypes(ImageIngested.class, DeadLetter.class);
    assertThat(letter().failure().reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(letter().record()).isEqualTo(RECORD);
  }

  @Test
  void shouldKeepTryingToPublishAnOutcome() throws Exception {
    publisher.failures = 3;

    run(event -> new Outcome.Rejected(Reason.NO_PLATFORM, "why"), 1);

    assertThat(handled).isOne();
    assertThat(publisher.published).hasSize(2);
  }

  @Test
  void shouldLeaveErrorsToTheDeliveryLimit() {
    assertThatThrownBy(
            () ->
                run(
                    event -> {
                      throw new OutOfMemoryError("made up");
                    },
                    1))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(publisher.published).isEmpty();
  }

  @Test
  void shouldEndARequestWhoseOutcomeKafkaWillNeverTake() throws Exception {
    publisher.refusing = true;
    PipelineEvent event = ending(Reason.NOT_AN_IMAGE);

    run(any -> new Outcome.Done(List.of(event, event, event)), 1);

    assertThat(publisher.published)
        .hasExactlyElementsOfTypes(ConversionFailed.class, DeadLetter.class)
        .first()
        .isInstanceOfSatisfying(
            ConversionFailed.class,
            failed -> {
              assertThat(failed.reason()).isEqualTo(Reason.INTERNAL);
              assertThat(failed.message()).contains("stage ingest", "too many");
            });
  }

  @Test
  void shouldLeaveExceptionsToAnotherWorkerWhereTheProcessIsBroken() {
    processHealth.met(new IllegalStateException(new OutOfMemoryError("made up")));

    assertThatThrownBy(
            () ->
                run(
                    event -> {
                      throw new IllegalStateException("Connection pool shut down");
                    },
                    1))
        .hasMessage("Connection pool shut down");
    assertThat(publisher.published).isEmpty();
    assertThat(publisher.forwarded).isEmpty();
  }

  @Test
  void shouldPutOffWhatComesAgainWhileAnotherSuchIsAtWork() throws Exception {
    suspects.begin(2);

    run(event -> new Outcome.Done(List.of(ending(Reason.NOT_AN_IMAGE))), 2);

    assertThat(handled).isZero();
    assertThat(publisher.published).isEmpty();
    assertThat(publisher.forwarded)
        .containsExactly(
            new OutgoingRecord(
                Topics.retry(Topics.IMAGE_PUSHED),
                new RetryMark(1, null, NOW.plusMillis(1), 1).on(RECORD)));
    assertThat(meters.get("oci2wasm.tasks").tag("outcome", "retried").timer().count()).isOne();
  }

  @Test
  void shouldLetWhatComesForTheFirstTimeRunBesideWhatComesAgain() throws Exception {
    suspects.begin(2);

    run(event -> new Outcome.Done(List.of(ending(Reason.NOT_AN_IMAGE))), 1);

    assertThat(handled).isOne();
  }

  @Test
  void shouldLetTheNextBeginAfterOneThatFailed() throws Exception {
    run(
        event -> {
          throw new IllegalStateException("a defect");
        },
        2);

    run(event -> new Outcome.Done(List.of(ending(Reason.NOT_AN_IMAGE))), 2);

    assertThat(handled).isEqualTo(2);
    assertThat(publisher.forwarded).isEmpty();
  }

  @Test
  void shouldEndWhatReachedTheLimitThoughAnotherIsAtWork() throws Exception {
    suspects.begin(2);

    run(event -> new Outcome.Done(List.of()), DELIVERY_LIMIT);

    assertThat(handled).isZero();
    assertThat(publisher.forwarded).isEmpty();
    assertThat(letter().failure().reason()).isEqualTo(Reason.INTERNAL);
  }

  @Test
  void shouldTakeNoStackOverflowForABrokenProcess() {
    processHealth.met(new StackOverflowError("made up"));

    assertThat(processHealth.isSound()).isTrue();
  }

  private DeadLetter letter() {
    return (DeadLetter) publisher.published.get(publisher.published.size() - 1);
  }

  private void run(Handling handling, int deliveries) throws InterruptedException {
    run(handling, new Delivery(ORIGIN, RECORD, RetryMark.FIRST, deliveries));
  }

  private void run(Handling handling, Delivery delivery) throws InterruptedException {
    EventHandler<ImagePushed> handler =
        new EventHandler<>() {
          @Override
          public Outcome handle(ImagePushed event) {
            handled++;
            return handling.of(event);
          }

          @Override
          public PipelineEvent ending(ImagePushed event, Reason reason, String message) {
            return Endings.ofRequest(event, Stage.INGEST, reason, message);
          }
        };
    WorkerConfig config =
        WorkerConfig.of(1)
            .retrying(Duration.ofSeconds(10), Duration.ofMinutes(5), Duration.ofHours(24));
    Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    new Task<>(
            new TaskRules<>(
                Stage.INGEST,
                Topics.IMAGE_PUSHED,
                handler,
                publisher,
                config.retrying(Duration.ofMillis(1), Duration.ofMillis(1), config.retryFor()),
                new RetryPolicy(config, RandomGenerator.getDefault()),
                DELIVERY_LIMIT,
                new TaskMetrics(meters, Stage.INGEST, Lane.PUSH, held),
                presence,
                new DeadLetters(Stage.INGEST, Lane.PUSH, clock),
                processHealth,
                suspects,
                clock),
            EVENT,
            delivery)
        .run();
  }

  private static PipelineEvent ending(Reason reason) {
    return Endings.ofRequest(EVENT, Stage.INGEST, reason, "done");
  }

  private interface Handling {
    Outcome of(ImagePushed event);
  }

  private static final class FakePublisher implements RecordPublisher {
    private final List<TopicEvent> published = new ArrayList<>();
    private final List<PipelineEvent> reported = new ArrayList<>();
    private final List<OutgoingRecord> forwarded = new ArrayList<>();
    private int failures;
    private boolean refusing;

    @Override
    public void forward(List<OutgoingRecord> records) {
      forwarded.addAll(records);
    }

    @Override
    public void publish(List<? extends TopicEvent> events) throws UnavailableException {
      if (failures-- > 0) {
        throw new UnavailableException("Kafka is away", null);
      }
      if (refusing && events.size() > 2) {
        throw new EventTooLargeException("too many", new IllegalStateException());
      }
      published.addAll(events);
    }

    @Override
    public void report(PipelineEvent event) {
      reported.add(event);
    }
  }
}
