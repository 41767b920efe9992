package io.oci2wasm.gateway.state.letter;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Reads dead letters from the database. Thread-safe. */
public final class LetterReader {
  static final String FROM =
      """
      FROM dead_letter l LEFT JOIN replay r ON r.dead_letter = l.id
      LEFT JOIN dismissal d ON d.dead_letter = l.id WHERE %s
      """;
  private static final String SELECT =
      "SELECT l.*, r.replayed_at, d.dismissed_at, d.dismissed_by " + FROM;
  private static final String COUNT_OPEN =
      ("SELECT COUNT(*) " + FROM)
          .formatted(new LetterFilter(null, null, null, Letter.State.OPEN).condition());

  private final StateDatabase database;

  public LetterReader(StateDatabase database) {
    this.database = database;
  }

  /**
   * The letter with this id, with its record.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Optional<Letter> find(String id) throws UnavailableException {
    return database.read(handle -> find(handle, id));
  }

  public static Optional<Letter> find(Handle handle, String id) {
    return handle
        .createQuery(SELECT.formatted("l.id = :id"))
        .bind("id", id)
        .map(Letter.ROW)
        .findOne();
  }

  /**
   * Up to {@code limit} letters of the gateway's own after the one with id {@code after}, by id.
   *
   * @param reason null means any
   */
  public static List<Letter> ofGateway(
      Handle handle, @Nullable Reason reason, String after, int limit) {
    String condition =
        """
        l.source = :source AND l.id > :after AND %s ORDER BY l.id LIMIT :limit
        """
            .formatted(reason == null ? "TRUE" : "l.reason = :reason");
    return handle
        .createQuery(SELECT.formatted(condition))
        .bind("source", Letter.Source.GATEWAY)
        .bind("after", after)
        .bind("reason", reason)
        .bind("limit", limit)
        .map(Letter.ROW)
        .list();
  }

  public static long countOpen(Handle handle) {
    return handle.createQuery(COUNT_OPEN).mapTo(Long.class).one();
  }

  /**
   * Up to {@code limit} letters, newest first.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   * @throws UnavailableException if the database does not answer
   */
  public Page<Letter> list(LetterFilter filter, int limit, @Nullable String page)
      throws UnavailableException {
    PageToken last = PageToken.parse(page);
    List<Letter> found = database.read(handle -> list(handle, filter, limit + 1, last));
    return Page.of(found.stream().map(Letter::listed).toList(), limit, Letter::token);
  }

  /** Letters with their records that come after the given one. */
  public static List<Letter> list(
      Handle handle, LetterFilter filter, int limit, @Nullable PageToken last) {
    String condition =
        """
        %s AND %s ORDER BY l.dead_at DESC, l.id LIMIT :limit
        """
            .formatted(filter.condition(), PageToken.condition(last, "l.dead_at", "l.id"));
    return PageToken.bind(handle.createQuery(SELECT.formatted(condition)), last)
        .bindMethods(filter)
        .bind("limit", limit)
        .map(Letter.ROW)
        .list();
  }
}
