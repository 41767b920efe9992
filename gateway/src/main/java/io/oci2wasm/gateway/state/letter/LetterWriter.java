package io.oci2wasm.gateway.state.letter;

import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TableSql;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Writes dead letters and replays to the tables, within a transaction of its caller that holds
 * {@link StateDatabase#lock}. Neither order nor repetition matters.
 */
public final class LetterWriter {
  private static final TableSql LETTER = TableSql.of("dead_letter", Letter.Row.class);
  private static final TableSql REPLAY =
      new TableSql(
          "INSERT INTO replay (replayed_at, dead_letter) VALUES (:time, :id)",
          "UPDATE replay SET replayed_at = :time WHERE dead_letter = :id");
  private static final String SETTLED =
      """
      SELECT l.id FROM dead_letter l JOIN replay r ON r.dead_letter = l.id
      WHERE r.replayed_at >= l.dead_at AND r.replayed_at < :before
      UNION SELECT l.id FROM dead_letter l JOIN dismissal d ON d.dead_letter = l.id
      WHERE d.dismissed_at >= l.dead_at AND d.dismissed_at < :before AND l.source <> :unstored
      LIMIT :limit
      """;

  /** Of several letters of one id: what a stage says, and of that the last. */
  private static final Comparator<Letter> TELLING =
      Comparator.comparing(Letter::source)
          .reversed()
          .thenComparing(letter -> letter.failure().deadAt())
          .thenComparing(letter -> letter.failure().attempts())
          .thenComparing(letter -> letter.failure().message());

  private final Handle handle;

  public LetterWriter(Handle handle) {
    this.handle = handle;
  }

  public void add(DeadLetter letter, Letter.Source source) {
    Letter.Row fresh = Letter.Row.of(letter, source);
    Optional<Letter> known = LetterReader.find(handle, letter.id());
    if (known.isEmpty() || TELLING.compare(Letter.of(fresh, null, null), known.get()) > 0) {
      handle
          .createUpdate(known.isEmpty() ? LETTER.insert() : LETTER.update())
          .bindMethods(fresh)
          .execute();
    }
  }

  /** Forgets a letter of the gateway's own: what it is about is taken in. */
  public void remove(Letter letter) {
    handle
        .createUpdate("DELETE FROM dead_letter WHERE id = :id AND source = :source")
        .bindMethods(letter)
        .execute();
  }

  public void add(EventReplayed replayed) {
    Instant time = replayed.replayedAt().truncatedTo(ChronoUnit.MICROS);
    Optional<Instant> known =
        handle
            .createQuery("SELECT replayed_at FROM replay WHERE dead_letter = :id")
            .bind("id", replayed.deadLetterId())
            .mapTo(Instant.class)
            .findOne();
    if (known.isEmpty() || known.get().isBefore(time)) {
      handle
          .createUpdate(known.isEmpty() ? REPLAY.insert() : REPLAY.update())
          .bind("time", time)
          .bind("id", replayed.deadLetterId())
          .execute();
    }
  }

  /**
   * Forgets up to {@code limit} letters that were replayed or dismissed before a moment. Dismissals
   * stay: reading the topics anew brings the letter back.
   *
   * @return how many
   */
  public static int forget(Handle handle, Instant before, int limit) {
    String[] ids =
        handle
            .createQuery(SETTLED)
            .bind("before", before)
            .bind("unstored", Letter.Source.GATEWAY)
            .bind("limit", limit)
            .mapTo(String.class)
            .list()
            .toArray(String[]::new);
    Rows.delete(handle, "replay", "dead_letter", ids);
    Rows.delete(handle, "dead_letter", "id", ids);
    return ids.length;
  }
}
