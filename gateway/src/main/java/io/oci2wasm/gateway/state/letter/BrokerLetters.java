package io.oci2wasm.gateway.state.letter;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.TopicRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the broker sets aside when no worker has survived a record or acknowledged it (KIP-1191):
 * the record's key and value, with headers that say where it lay in place of its own.
 */
public final class BrokerLetters {
  private static final Logger LOGGER = LoggerFactory.getLogger(BrokerLetters.class);
  private static final String PREFIX = "__dlq.errors.";

  private BrokerLetters() {}

  /** What is known of a record that the broker has set aside. */
  public record Dropped(DeadLetter letter, @Nullable ReceivedEvent ending) {}

  public static Optional<Dropped> read(TopicRecord record) {
    RecordCopy copy = record.copy();
    try {
      DeadLetter.Origin origin =
          new DeadLetter.Origin(
              required(copy, "topic"),
              Integer.parseInt(required(copy, "partition")),
              Long.parseLong(required(copy, "offset")));
      PipelineEvent event = event(record, origin.topic());
      return Optional.of(dropped(record, copy, origin, event));
    } catch (IllegalArgumentException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.TOPIC, record.partition())
          .addKeyValue(LogKeys.OFFSET, record.offset())
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("The broker set aside a record that cannot be read");
      return Optional.empty();
    }
  }

  private static Dropped dropped(
      TopicRecord record,
      RecordCopy copy,
      DeadLetter.Origin origin,
      @Nullable PipelineEvent event) {
    Stage stage = stage(origin.topic());
    int deliveries = copy.text(PREFIX + "delivery.count").map(Integer::parseInt).orElse(0);
    Reason reason = event == null ? Reason.UNREADABLE : Reason.INTERNAL;
    String message =
        String.format(
            "stage %s, record %s-%s at offset %s: the broker set it aside after %s"
                + " deliveries that no worker survived or answered; look into the workers' logs",
            stage, origin.topic(), origin.partition(), origin.offset(), deliveries);
    DeadLetter letter =
        new DeadLetter(
            DeadLetter.idOf(origin),
            new DeadLetter.Work(
                stage,
                event != null ? event.lane() : lane(origin.topic()),
                event == null ? null : event.requestId(),
                event == null ? null : event.image()),
            new DeadLetter.Failure(reason, message, deliveries, record.time(), record.time()),
            origin,
            restored(copy, event, record.time()));
    return new Dropped(
        letter,
        event == null || stage.isAfterOutcome()
            ? null
            : new ReceivedEvent(ending(event, stage, reason, message), record.time()));
  }

  /** The request, or its platform, ends here: nobody else will say so. */
  private static PipelineEvent ending(
      PipelineEvent event, Stage stage, Reason reason, String message) {
    if (event instanceof PlatformResolved resolved) {
      return ofPlatform(event, stage, resolved.platform(), resolved.outcomes(), reason, message);
    }
    if (event instanceof TranslationRequested requested) {
      return ofPlatform(event, stage, requested.platform(), 1, reason, message);
    }
    return Endings.ofRequest(event, stage, reason, message);
  }

  private static PipelineEvent ofPlatform(
      PipelineEvent event,
      Stage stage,
      Platform platform,
      int outcomes,
      Reason reason,
      String message) {
    return Endings.ofPlatform(
        event,
        stage,
        platform,
        Objects.requireNonNull(event.platformManifest(), "both are about one"),
        reason,
        message,
        outcomes,
        true);
  }

  private static Stage stage(String topic) {
    return Topics.TAKEN.entrySet().stream()
        .filter(one -> topic.startsWith(one.getValue() + "."))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("found topic " + topic + ", expected a work topic"));
  }

  private static @Nullable Lane lane(String topic) {
    for (Lane lane : Lane.values()) {
      if (topic.endsWith("." + lane)) {
        return lane;
      }
    }
    return null;
  }

  /** The topic tells the type. */
  private static @Nullable PipelineEvent event(TopicRecord record, String topic) {
    return Topics.LANED.stream()
        .filter(type -> topic.startsWith(type + "."))
        .findFirst()
        .flatMap(record::eventOf)
        .orElse(null);
  }

  /** The record with an event's headers again, so that it can be replayed. */
  private static RecordCopy restored(RecordCopy copy, @Nullable PipelineEvent event, Instant time) {
    return new RecordCopy(
        copy.key(),
        event == null ? List.of() : Records.headers(event, "gateway", time),
        copy.value());
  }

  private static String required(RecordCopy copy, String what) {
    return copy.text(PREFIX + what)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "found no header " + PREFIX + what + ", expected the broker's"));
  }
}
