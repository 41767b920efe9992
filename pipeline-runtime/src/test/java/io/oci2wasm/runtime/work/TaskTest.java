package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.ConversionSkipped;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.StageStarted;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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

  private final FakePublisher publisher = new FakePublisher();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private int handled;

  @Test
  void shouldPublishWhatTheHandlerSays() throws Exception {
    run(event -> new Outcome.Done(List.of(ending(Reason.NOT_AN_IMAGE))), 1);

    assertThat(publisher.published).containsExactly(ending(Reason.NOT_AN_IMAGE));
    assertThat(publisher.reported)
        .singleElement()
        .isInstanceOfSatisfying(
            StageStarted.class, started -> assertThat(started.stage()).isEqualTo(Stage.INGEST));
    assertThat(meters.get("oci2wasm.tasks").tag("outcome", "done").timer().count()).isOne();
  }

  @Test
  void shouldTurnARejectionIntoItsCompletionEvent() throws Exception {
    run(event -> new Outcome.Rejected(Reason.NO_PLATFORM, "why"), 1);
    run(event -> new Outcome.Rejected(Reason.ATTESTATION, "why"), 1);

    assertThat(publisher.published)
        .hasExactlyElementsOfTypes(ConversionFailed.class, ConversionSkipped.class);
  }

  @Test
  void shouldNotRunTheHandlerOnTheLastDelivery() throws Exception {
    run(event -> new Outcome.Done(List.of()), DELIVERY_LIMIT);

    assertThat(handled).isZero();
    assertThat(publisher.published)
        .singleElement()
        .isInstanceOfSatisfying(
            ConversionFailed.class,
            failed -> assertThat(failed.message()).contains("in 4 deliveries"));
  }

  @Test
  void shouldTryAgainAndThenSucceed() throws Exception {
    run(
        event ->
            handled < 3
                ? new Outcome.Retry(Reason.STORE_UNAVAILABLE, "away", Duration.ZERO)
                : new Outcome.Done(List.of()),
        1);

    assertThat(handled).isEqualTo(3);
    assertThat(publisher.published).isEmpty();
    assertThat(meters.get("oci2wasm.tasks.retries").counter().count()).isEqualTo(2);
  }

  @Test
  void shouldNotWaitLongerThanItMayForWhoAsksToWait() throws Exception {
    run(event -> new Outcome.Retry(Reason.REGISTRY_UNAVAILABLE, "later", Duration.ofHours(1)), 1);

    assertThat(handled).isOne();
    assertThat(publisher.published)
        .singleElement()
        .isInstanceOfSatisfying(
            ConversionFailed.class,
            failed -> {
              assertThat(failed.reason()).isEqualTo(Reason.REGISTRY_UNAVAILABLE);
              assertThat(failed.message()).isEqualTo("later");
            });
  }

  @Test
  void shouldKeepTryingToPublishAnOutcome() throws Exception {
    publisher.failures = 3;

    run(event -> new Outcome.Rejected(Reason.NO_PLATFORM, "why"), 1);

    assertThat(handled).isOne();
    assertThat(publisher.published).hasSize(1);
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

  private void run(Handling handling, int delivery) throws InterruptedException {
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
    new Task<>(
            new TaskRules<>(
                Stage.INGEST,
                handler,
                publisher,
                new WorkerConfig(1, Duration.ofMillis(1), Duration.ofSeconds(5)),
                DELIVERY_LIMIT,
                new TaskMetrics(meters, Stage.INGEST, Lane.PUSH),
                Clock.systemUTC()),
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

  private static final class FakePublisher implements EventPublisher {
    private final List<TopicEvent> published = new ArrayList<>();
    private final List<PipelineEvent> reported = new ArrayList<>();
    private int failures;

    @Override
    public void publish(List<? extends TopicEvent> events) throws UnavailableException {
      if (failures-- > 0) {
        throw new UnavailableException("Kafka is away", null);
      }
      published.addAll(events);
    }

    @Override
    public void report(PipelineEvent event) {
      reported.add(event);
    }
  }
}
