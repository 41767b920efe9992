package io.oci2wasm.gateway.replay;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.replay.ReplayResult.What;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.projection.LetterTransactions;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the records of dead letters to their topics again, then announces it. If this process dies
 * between the two, the letter is still open and can be replayed again. That repeats work but
 * changes nothing.
 */
public final class Replayer {
  private static final Logger LOGGER = LoggerFactory.getLogger(Replayer.class);
  private static final int AT_ONCE = 100;
  private static final LetterFilter NEWER =
      new LetterFilter(null, Reason.NEWER_VERSION, null, Letter.State.OPEN);

  private final LetterTransactions letters;
  private final RecordPublisher publisher;
  private final LetterReplay webhooks;
  private final LetterReplay subscribers;
  private final Clock clock;

  /**
   * Replays what {@code letters} has.
   *
   * @param webhooks receives webhooks again
   * @param subscribers tells a subscriber again
   */
  public Replayer(
      LetterTransactions letters,
      RecordPublisher publisher,
      LetterReplay webhooks,
      LetterReplay subscribers,
      Clock clock) {
    this.letters = letters;
    this.publisher = publisher;
    this.webhooks = webhooks;
    this.subscribers = subscribers;
    this.clock = clock;
  }

  /** Replays only letters whose record lay in a topic that is worked on. */
  public static Replayer ofRecords(
      LetterTransactions letters, RecordPublisher publisher, Clock clock) {
    LetterReplay none =
        letter -> {
          throw new IllegalArgumentException(
              "dead letter " + letter.id() + ": found no record of a work topic");
        };
    return new Replayer(letters, publisher, none, none, clock);
  }

  /**
   * Replays what workers have set aside as a later version's and this version reads, if its turn
   * has come: the pause doubles each time that it comes back.
   *
   * @return how many
   * @throws UnavailableException if Kafka or the database does not answer: what was replayed stays
   *     so
   */
  public int replayNewer() throws UnavailableException {
    List<ReplayResult> results = new ArrayList<>();
    forEach(
        NEWER,
        (transaction, letter) -> {
          if (NewerVersionRetry.hasCome(letter, clock.instant())) {
            results.add(replay(transaction, letter, NewerVersionRetry.next(letter.original())));
          }
        });
    return results.size();
  }

  /**
   * Replays one letter.
   *
   * @param force though it was replayed before and has not died again
   * @return nothing if there is no such letter
   * @throws UnavailableException if Kafka or the database does not answer: try again
   */
  public Optional<ReplayResult> replay(String id, boolean force) throws UnavailableException {
    return letters.alone(
        transaction -> {
          Letter letter = transaction.find(id).orElse(null);
          return letter == null
              ? Optional.empty()
              : Optional.of(replay(transaction, letter, force));
        });
  }

  /**
   * Replays every letter that {@code filter} matches and that is there now.
   *
   * @param dryRun says only what would be done
   * @throws UnavailableException if Kafka or the database does not answer: what was replayed stays
   *     so, and the same call goes on with the others
   */
  public List<ReplayResult> replayAll(LetterFilter filter, boolean force, boolean dryRun)
      throws UnavailableException {
    List<ReplayResult> results = new ArrayList<>();
    forEach(
        filter,
        (transaction, letter) ->
            results.add(dryRun ? preview(letter, force) : replay(transaction, letter, force)));
    return results;
  }

  private interface Visit {
    void at(LetterTransactions.Transaction transaction, Letter letter) throws UnavailableException;
  }

  private void forEach(LetterFilter filter, Visit visit) throws UnavailableException {
    @Nullable Letter last = null;
    while (true) {
      Letter after = last;
      List<Letter> page =
          letters.alone(
              transaction -> {
                List<Letter> found = transaction.list(filter, AT_ONCE, after);
                for (Letter letter : found) {
                  visit.at(transaction, letter);
                }
                return found;
              });
      if (page.size() < AT_ONCE) {
        return;
      }
      last = page.get(page.size() - 1);
    }
  }

  private static ReplayResult preview(Letter letter, boolean force) {
    if (letter.source() == Letter.Source.GATEWAY) {
      return ownRefused(letter);
    }
    return ReplayResult.of(
        letter, isDone(letter, force) ? What.ALREADY_REPLAYED : What.WOULD_REPLAY);
  }

  private static ReplayResult ownRefused(Letter letter) {
    return ReplayResult.refused(
        letter,
        String.format(
            "dead letter %s: found a record that the gateway could not store; it stores it as soon"
                + " as a version runs that can, so there is nothing to replay",
            letter.id()));
  }

  private static boolean isDone(Letter letter, boolean force) {
    return letter.state() == Letter.State.REPLAYED && !force;
  }

  private ReplayResult replay(
      LetterTransactions.Transaction transaction, Letter letter, boolean force)
      throws UnavailableException {
    if (letter.source() == Letter.Source.GATEWAY) {
      return ownRefused(letter);
    }
    return isDone(letter, force)
        ? ReplayResult.of(letter, What.ALREADY_REPLAYED)
        : replay(transaction, letter, letter.original());
  }

  private ReplayResult replay(
      LetterTransactions.Transaction transaction, Letter letter, DeadLetter original)
      throws UnavailableException {
    EventReplayed replayed;
    try {
      replayed = write(original);
    } catch (IllegalArgumentException e) {
      return ReplayResult.refused(letter, String.valueOf(e.getMessage()));
    }
    transaction.replayed(replayed);
    publisher.publish(List.of(replayed));
    LOGGER
        .atInfo()
        .addKeyValue("deadLetterId", letter.id())
        .addKeyValue(LogKeys.STAGE, letter.work().stage())
        .addKeyValue(LogKeys.REQUEST_ID, letter.work().requestId())
        .log("Replayed a dead letter");
    return ReplayResult.replayed(letter, replayed.replayedAt());
  }

  private EventReplayed write(DeadLetter letter) throws UnavailableException {
    // What is replayed has died before, whatever the clock of the machine where it did.
    Instant now = clock.instant();
    Instant at =
        now.isAfter(letter.failure().deadAt()) ? now : letter.failure().deadAt().plusMillis(1);
    if (letter.origin() == null) {
      webhooks.replay(letter);
      return new EventReplayed(letter.id(), at, letter.work().stage(), null, null, null, null);
    }
    if (letter.work().stage() == Stage.NOTIFY) {
      subscribers.replay(letter);
      return replayed(letter, at, null);
    }
    EventReplayed replayed = replayed(letter, at, ReplayTarget.manifest(letter));
    publisher.forward(List.of(new OutgoingRecord(ReplayTarget.topic(letter), letter.record())));
    return replayed;
  }

  private static EventReplayed replayed(
      DeadLetter letter, Instant at, @Nullable Sha256Digest manifest) {
    return new EventReplayed(
        letter.id(),
        at,
        letter.work().stage(),
        letter.work().lane(),
        letter.work().requestId(),
        letter.work().image(),
        manifest);
  }
}
