package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.ConversionFailed;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.event.RetryMark;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the letters of one lane of a stage: what is given up, with the record to replay it. */
final class DeadLetters {
  private final Stage stage;
  private final Lane lane;
  private final Clock clock;

  DeadLetters(Stage stage, Lane lane, Clock clock) {
    this.stage = stage;
    this.lane = lane;
    this.clock = clock;
  }

  /** {@code event} failed for good. */
  DeadLetter failed(
      Delivery delivery, PipelineEvent event, Reason reason, String message, int attempts) {
    return letter(delivery, event, reason, message, attempts);
  }

  /** The record holds no event of ours, or none that this version knows. */
  DeadLetter unreadable(Delivery delivery, Reason reason, String message) {
    return letter(delivery, null, reason, message, delivery.mark().attempt());
  }

  /**
   * {@code event} succeeded but for some platforms: replayed, it tries those again and finds the
   * others done. A failure that an earlier stage found has its letter there.
   */
  Optional<DeadLetter> failedInPart(
      Delivery delivery, PipelineEvent event, List<? extends PipelineEvent> outcome) {
    for (PipelineEvent one : outcome) {
      if (one instanceof ConversionFailed failed && failed.stage() == stage) {
        return Optional.of(inPart(delivery, event, failed.reason(), failed.message()));
      }
      if (one instanceof ImageIngested ingested && !ingested.failures().isEmpty()) {
        ImageIngested.PlatformFailure failure = ingested.failures().get(0);
        return Optional.of(inPart(delivery, event, failure.reason(), failure.message()));
      }
    }
    return Optional.empty();
  }

  private DeadLetter inPart(Delivery delivery, PipelineEvent event, Reason reason, String message) {
    return letter(delivery, event, reason, message, delivery.mark().attempt());
  }

  private DeadLetter letter(
      Delivery delivery,
      @Nullable PipelineEvent event,
      Reason reason,
      String message,
      int attempts) {
    Instant now = clock.instant();
    Instant firstFailed = delivery.mark().firstFailed();
    return new DeadLetter(
        DeadLetter.idOf(delivery.origin()),
        new DeadLetter.Work(
            stage,
            lane,
            event == null ? null : event.requestId(),
            event == null ? null : event.image()),
        new DeadLetter.Failure(
            reason, message, attempts, firstFailed == null ? now : firstFailed, now),
        delivery.origin(),
        // A replayed event has all its attempts before it.
        RetryMark.removedFrom(delivery.record()));
  }
}
