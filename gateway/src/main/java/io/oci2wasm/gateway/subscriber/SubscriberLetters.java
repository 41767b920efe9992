package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Events that were not delivered to a subscriber, as dead letters, and as records that only this
 * subscriber reads (docs/FORMATS.md, "Dead letters").
 */
final class SubscriberLetters {
  /** The record's header that tells the subscriber's name. */
  private static final String SUBSCRIBER = "oci2wasm-subscriber";

  /** The header of what was put off that tells where it was read first. */
  private static final String ORIGIN = "oci2wasm-origin";

  private static final Pattern PLACE = Pattern.compile("(.+)/([0-9]{1,9})/([0-9]{1,18})");

  private SubscriberLetters() {}

  /** The letter about an event that {@code subscriber} was not told of. */
  static DeadLetter letter(
      String subscriber, TopicRecord record, DeliveryFailure failure, Instant now) {
    @Nullable PipelineEvent event = record.event().map(ReceivedEvent::event).orElse(null);
    DeadLetter.Origin origin = origin(record);
    Instant firstFailed = failure.firstFailed();
    return new DeadLetter(
        id(origin, subscriber),
        new DeadLetter.Work(
            Stage.NOTIFY,
            event == null ? null : event.lane(),
            event == null ? null : event.requestId(),
            event == null ? null : event.image()),
        new DeadLetter.Failure(
            failure.reason(),
            "subscriber " + subscriber + ": " + failure.message(),
            failure.attempts(),
            firstFailed == null ? now : firstFailed,
            now),
        origin,
        addressed(asItCame(record.copy()), subscriber));
  }

  /** The record that has {@code subscriber} told again, when {@code mark} says. */
  static OutgoingRecord putOff(String subscriber, TopicRecord record, RetryMark mark) {
    DeadLetter.Origin origin = origin(record);
    RecordCopy copy = addressed(mark.on(asItCame(record.copy())), subscriber);
    List<RecordCopy.Header> headers = new ArrayList<>(copy.headers());
    headers.add(
        RecordCopy.Header.of(
            ORIGIN,
            (origin.topic() + "/" + origin.partition() + "/" + origin.offset())
                .getBytes(StandardCharsets.UTF_8)));
    return new OutgoingRecord(
        Topics.retry(Topics.RESENT), new RecordCopy(copy.key(), headers, copy.value()));
  }

  /** Where the event was read first, however often it was put off since. */
  private static DeadLetter.Origin origin(TopicRecord record) {
    Matcher place = PLACE.matcher(record.copy().text(ORIGIN).orElse(""));
    return isPutOff(record) && place.matches()
        ? new DeadLetter.Origin(
            place.group(1), Integer.parseInt(place.group(2)), Long.parseLong(place.group(3)))
        : new DeadLetter.Origin(
            record.partition().topic(), record.partition().number(), record.offset());
  }

  private static RecordCopy asItCame(RecordCopy record) {
    RecordCopy unmarked = RetryMark.removedFrom(record);
    return new RecordCopy(
        unmarked.key(),
        unmarked.headers().stream().filter(one -> !one.name().equals(ORIGIN)).toList(),
        unmarked.value());
  }

  private static boolean isPutOff(TopicRecord record) {
    return record.partition().topic().equals(Topics.retry(Topics.RESENT));
  }

  /** Two subscribers have a letter each about one record. */
  private static String id(DeadLetter.Origin origin, String subscriber) {
    String place = origin.topic() + "/" + origin.partition() + "/" + origin.offset();
    return DeadLetter.idOf((place + "/" + subscriber).getBytes(StandardCharsets.UTF_8));
  }

  private static RecordCopy addressed(RecordCopy record, String subscriber) {
    List<RecordCopy.Header> headers =
        new ArrayList<>(
            record.headers().stream().filter(one -> !one.name().equals(SUBSCRIBER)).toList());
    headers.add(RecordCopy.Header.of(SUBSCRIBER, subscriber.getBytes(StandardCharsets.UTF_8)));
    return new RecordCopy(record.key(), headers, record.value());
  }

  /** Whom the letter is about. */
  static Optional<String> subscriber(RecordCopy record) {
    return record.text(SUBSCRIBER);
  }

  /**
   * Whether {@code subscriber} is to be told of it: of what is resent, only what is addressed to
   * it.
   */
  static boolean isFor(String subscriber, TopicRecord record) {
    return !(isPutOff(record) || record.partition().topic().equals(Topics.RESENT))
        || subscriber(record.copy()).equals(Optional.of(subscriber));
  }

  /** All topics of one who wants these: events are resent in one of their own. */
  static List<String> topics(List<String> wanted) {
    return Stream.concat(wanted.stream(), Stream.of(Topics.RESENT)).toList();
  }
}
