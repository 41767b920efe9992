package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterReader;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Transactions on dead letters: one caller at a time reads and changes their state. */
public final class LetterTransactions {
  private final StateDatabase database;

  public LetterTransactions(StateDatabase database) {
    this.database = database;
  }

  /** What is done while nobody else changes letters, in this process or another. */
  public interface Action<T> {
    T in(Transaction transaction) throws UnavailableException;
  }

  /** Lives as long as its action. */
  public static final class Transaction {
    private final Handle handle;

    private Transaction(Handle handle) {
      this.handle = handle;
    }

    /** The letter with this id, with its record. */
    public Optional<Letter> find(String id) {
      return LetterReader.find(handle, id);
    }

    /** Up to {@code limit} letters with their records, newest first, that come after another. */
    public List<Letter> list(LetterFilter filter, int limit, @Nullable Letter after) {
      return LetterReader.list(handle, filter, limit, after == null ? null : after.token());
    }

    /** Notes a replay, and what it means for the request: shown as soon as this ends. */
    public void replayed(EventReplayed replayed) {
      Intake.replayed(handle, replayed);
    }
  }

  /**
   * What {@code action} returns. If it throws, nothing is changed.
   *
   * @throws UnavailableException if the database does not answer, or the action says so
   */
  public <T> T alone(Action<T> action) throws UnavailableException {
    return database.alone("changing dead letters", handle -> action.in(new Transaction(handle)));
  }
}
