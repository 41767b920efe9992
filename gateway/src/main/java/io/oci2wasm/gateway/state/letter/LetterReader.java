package io.oci2wasm.gateway.state.letter;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Reads dead letters from the database. Thread-safe. */
public final class LetterReader {
  private static final String FROM =
      "FROM dead_letter l LEFT JOIN replay r ON r.dead_letter = l.id WHERE ";
  private static final String SELECT = "SELECT l.*, r.replayed_at " + FROM;
  private static final String COUNT =
      "SELECT COUNT(*) " + FROM + new LetterFilter(null, null, null, Letter.State.OPEN).condition();

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
    return handle.createQuery(SELECT + "l.id = :id").bind("id", id).map(Letter.ROW).findOne();
  }

  /**
   * Up to {@code limit} letters of the gateway's own after the one with id {@code after}, by id.
   *
   * @param reason null means any
   */
  public static List<Letter> ofGateway(
      Handle handle, @Nullable Reason reason, String after, int limit) {
    return handle
        .createQuery(
            SELECT
                + "l.source = :source AND l.id > :after"
                + (reason == null ? "" : " AND l.reason = :reason")
                + " ORDER BY l.id LIMIT :limit")
        .bind("source", Letter.Source.GATEWAY)
        .bind("after", after)
        .bind("reason", reason)
        .bind("limit", limit)
        .map(Letter.ROW)
        .list();
  }

  public static long countOpen(Handle handle) {
    return handle.createQuery(COUNT).mapTo(Long.class).one();
  }

  /**
   * Up to {@code limit} letters, newest first.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   * @throws UnavailableException if the database does not answer
   */
  public LetterPage list(LetterFilter filter, int limit, @Nullable String page)
      throws UnavailableException {
    PageToken after = page == null ? null : PageToken.parse(page);
    List<Letter> found =
        database.read(
            handle ->
                after == null
                    ? list(handle, filter, limit + 1, null, null)
                    : list(handle, filter, limit + 1, after.time(), after.id()));
    List<Letter> items = found.stream().limit(limit).map(Letter::listed).toList();
    return found.size() <= limit
        ? new LetterPage(items, null)
        : new LetterPage(
            items,
            new PageToken(items.get(limit - 1).failure().deadAt(), items.get(limit - 1).id())
                .toString());
  }

  /** Letters with their records that come after the given one. */
  public static List<Letter> list(
      Handle handle,
      LetterFilter filter,
      int limit,
      @Nullable Instant afterTime,
      @Nullable String afterId) {
    String position =
        afterTime == null
            ? ""
            : " AND l.dead_at <= :afterTime AND (l.dead_at < :afterTime OR l.id > :afterId)";
    Query query =
        handle.createQuery(
            SELECT + filter.condition() + position + " ORDER BY l.dead_at DESC, l.id LIMIT :limit");
    if (afterTime != null) {
      query.bind("afterTime", afterTime).bind("afterId", afterId);
    }
    return query.bindMethods(filter).bind("limit", limit).map(Letter.ROW).list();
  }
}
