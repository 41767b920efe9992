package io.oci2wasm.gateway.state.letter;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * Dismisses dead letters, which are then open no more, and takes that back. A letter that dies
 * again is open again. No rebuild forgets a dismissal. Thread-safe.
 */
public final class Dismissals {
  private static final String COUNT = "SELECT COUNT(*) " + LetterReader.FROM;

  /** Of an earlier death: the letter is open. */
  private static final String FORGET =
      "DELETE FROM dismissal WHERE dead_letter IN (SELECT l.id " + LetterReader.FROM + ")";

  /** Nobody dismisses a letter before it died, whatever the clock of the machine where it did. */
  private static final String ADD =
      """
      INSERT INTO dismissal (dead_letter, dismissed_at, dismissed_by)
      SELECT l.id, GREATEST(CAST(:now AS TIMESTAMP WITH TIME ZONE), l.dead_at),
        CAST(:by AS VARCHAR(64))
      """
          + LetterReader.FROM;

  private final StateDatabase database;
  private final Clock clock;

  public Dismissals(StateDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * How many open letters {@link #dismiss} would dismiss now.
   *
   * @throws UnavailableException if the database does not answer
   */
  public long count(LetterFilter filter) throws UnavailableException {
    return database.read(
        handle ->
            bound(handle.createQuery(COUNT.formatted(filter.condition())), filter)
                .mapTo(Long.class)
                .one());
  }

  /**
   * Dismisses the letters that {@code filter} matches.
   *
   * @param filter of open letters
   * @param by who wants that
   * @return how many
   * @throws UnavailableException if the database does not answer: nothing was dismissed
   */
  public long dismiss(LetterFilter filter, String by) throws UnavailableException {
    if (filter.state() != Letter.State.OPEN) {
      throw new IllegalArgumentException(
          "dismissal: found letters that are " + filter.state() + ", expected open ones");
    }
    Instant now = clock.instant();
    return database.alone(
        "dismissing dead letters",
        handle -> {
          bound(handle.createUpdate(FORGET.formatted(filter.condition())), filter).execute();
          return (long)
              bound(handle.createUpdate(ADD.formatted(filter.condition())), filter)
                  .bind("now", now)
                  .bind("by", by)
                  .execute();
        });
  }

  /** A filter of all open letters has no parameter. */
  private static <S extends SqlStatement<S>> S bound(S statement, LetterFilter filter) {
    return statement
        .configure(SqlStatements.class, config -> config.setUnusedBindingAllowed(true))
        .bindMethods(filter);
  }

  /**
   * Dismisses one letter, if it is open.
   *
   * @return how it is then; empty if there is none
   * @throws UnavailableException if the database does not answer: nothing was dismissed
   */
  public Optional<Letter> dismiss(String id, String by) throws UnavailableException {
    Instant now = clock.instant();
    return database.alone(
        "dismissing a dead letter",
        handle -> {
          Letter letter = LetterReader.find(handle, id).orElse(null);
          if (letter != null && letter.state() == Letter.State.OPEN) {
            forget(handle, id);
            handle
                .createUpdate(ADD.formatted("l.id = :id"))
                .bind("id", id)
                .bind("now", now)
                .bind("by", by)
                .execute();
          }
          return LetterReader.find(handle, id).map(Letter::listed);
        });
  }

  /**
   * Takes a dismissal back.
   *
   * @return how the letter is then; empty if there is none
   * @throws UnavailableException if the database does not answer
   */
  public Optional<Letter> reopen(String id) throws UnavailableException {
    return database.alone(
        "opening a dead letter again",
        handle -> {
          forget(handle, id);
          return LetterReader.find(handle, id).map(Letter::listed);
        });
  }

  private static void forget(Handle handle, String id) {
    handle.createUpdate("DELETE FROM dismissal WHERE dead_letter = :id").bind("id", id).execute();
  }
}
