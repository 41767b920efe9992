package io.oci2wasm.gateway.replay;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.time.Duration;
import java.time.Instant;

/** When a letter about a later version's record is replayed, and with which record. */
final class NewerVersionRetry {
  private static final Duration FIRST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final int MAX_DOUBLINGS = 10;

  private NewerVersionRetry() {}

  /** Whether this version reads the record, and the last try is long enough ago. */
  static boolean hasCome(Letter letter, Instant now) {
    return letter.source() != Letter.Source.GATEWAY
        && letter.failure().reason() == Reason.NEWER_VERSION
        && !letter.failure().deadAt().plus(pause(letter.failure().attempts())).isAfter(now)
        && isReadable(letter.original());
  }

  private static Duration pause(int attempts) {
    Duration doubled = FIRST.multipliedBy(1L << Math.min(Math.max(0, attempts - 1), MAX_DOUBLINGS));
    return doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
  }

  private static boolean isReadable(DeadLetter letter) {
    DeadLetter.Origin origin = letter.origin();
    if (origin == null) {
      return false;
    }
    TopicRecord record = TopicRecord.of(origin, letter.failure().deadAt(), letter.record());
    try {
      Object unused =
          origin.topic().equals(Topics.BATCH_REQUESTED)
              ? record.read(Topics.BATCH_REQUESTED, BatchRequested.class)
              : record.read();
      return true;
    } catch (UndecodableEventException e) {
      return false;
    }
  }

  /** The letter with a record that says how often it was tried: so says the next letter too. */
  static DeadLetter next(DeadLetter letter) {
    return new DeadLetter(
        letter.id(),
        letter.work(),
        letter.failure(),
        letter.origin(),
        new RetryMark(letter.failure().attempts() + 1, null, null).on(letter.record()));
  }
}
