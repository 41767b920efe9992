package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Reads requests and conversions from the database. Thread-safe. */
public final class ConversionReader {
  /** Ids had only 12 digits of the manifest's digest once; links may have them still. */
  private static final Pattern SHORT_ID = Pattern.compile("[0-9a-f]{32}-[0-9a-f]{12}");

  private static final String BY_ID = "SELECT * FROM conversion WHERE shown AND id = :id";
  private static final String BY_SHORT_ID =
      """
      SELECT * FROM conversion WHERE shown AND request_id = SUBSTRING(:id FROM 1 FOR 32)
        AND id LIKE :id || '%' ORDER BY id LIMIT 1
      """;

  /** Among so many of the newest, which are read in a moment, a pattern is looked for first. */
  private static final int NEWEST = 3000;

  private static final String AMONG_NEWEST =
      """
      SELECT * FROM (
        SELECT * FROM conversion WHERE %s AND %s ORDER BY %s LIMIT :newest) AS newest
      WHERE repository LIKE :like ESCAPE '!' ORDER BY queued_at DESC, id LIMIT :limit
      """;

  /** Of an inner join, H2 would rather read all conversions, and look for the names of each. */
  private static final String OF_REPOSITORIES =
      """
      SELECT conversion.* FROM UNNEST(CAST(:names AS VARCHAR ARRAY)) AS given(name)
      LEFT JOIN conversion ON conversion.shown AND conversion.repository = given.name
      WHERE %s AND %s ORDER BY queued_at DESC, id LIMIT :limit
      """;

  private final StateDatabase database;

  public ConversionReader(StateDatabase database) {
    this.database = database;
  }

  /**
   * The conversion with this id, with its history.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Optional<Conversion> find(String id) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(SHORT_ID.matcher(id).matches() ? BY_SHORT_ID : BY_ID)
                .bind("id", id)
                .map(Conversion.ROW)
                .findOne()
                .map(conversion -> withHistory(handle, conversion)));
  }

  /**
   * The request with this id, with its conversions and the history of all.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Optional<Request> findRequest(String id) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT * FROM request WHERE id = :id")
                .bind("id", id)
                .map(Request.ROW)
                .findOne()
                .map(request -> request.with(conversions(handle, id), history(handle, id, id))));
  }

  private static List<Conversion> conversions(Handle handle, String request) {
    return handle
        .createQuery("SELECT * FROM conversion WHERE request_id = :request AND shown ORDER BY id")
        .bind("request", request)
        .map(Conversion.ROW)
        .list()
        .stream()
        .map(conversion -> withHistory(handle, conversion))
        .toList();
  }

  private static Conversion withHistory(Handle handle, Conversion conversion) {
    List<HistoryEntry> history = history(handle, conversion.id(), conversion.requestId());
    if (conversion.status().state() == ConversionState.REMOVED
        && conversion.conversionId() != null) {
      BundleStates.removedAt(handle, conversion.conversionId())
          .forEach(
              time ->
                  history.add(
                      new HistoryEntry(
                          ConversionState.REMOVED,
                          time,
                          Stage.GATEWAY,
                          1,
                          null,
                          conversion.status().message(),
                          null)));
    }
    return conversion.with(history, Delivery.ofConversion(handle, conversion));
  }

  /**
   * In time, with replays of the whole request, and without what was announced more than once. H2
   * looks into no index for an OR of two ids, but for a list of them.
   */
  private static List<HistoryEntry> history(Handle handle, String id, String request) {
    List<HistoryEntry> told = new ArrayList<>();
    List<HistoryEntry> sinceReplay = new ArrayList<>();
    handle
        .createQuery(
            "SELECT * FROM history WHERE id IN (:id, :request) AND (id = :id OR dead_letter <> '')")
        .bind("id", id)
        .bind("request", request)
        .map(HistoryEntry.ROW)
        .stream()
        .sorted(HistoryEntry.IN_TIME)
        .forEach(
            entry -> {
              if (entry.isReplay()) {
                sinceReplay.clear();
              }
              if (sinceReplay.stream().noneMatch(entry::repeats)) {
                HistoryEntry counted = entry.countedAfter(sinceReplay);
                sinceReplay.add(counted);
                told.add(counted);
              }
            });
    return told;
  }

  /**
   * Up to {@code limit} conversions, newest first.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   * @throws UnavailableException if the database does not answer
   */
  public Page<Conversion> list(ConversionFilter filter, int limit, @Nullable String page)
      throws UnavailableException {
    PageToken last = PageToken.parse(page);
    List<Conversion> found =
        database.read(
            handle ->
                filter.isPattern()
                    ? matching(handle, filter, limit + 1, last)
                    : list(handle, filter, limit + 1, last));
    return Page.of(found, limit, one -> new PageToken(one.times().queuedAt(), one.id()));
  }

  private static List<Conversion> list(
      Handle handle, ConversionFilter filter, int limit, @Nullable PageToken last) {
    String sql =
        "SELECT * FROM conversion WHERE %s AND %s ORDER BY %s LIMIT :limit"
            .formatted(
                filter.condition(), PageToken.condition(last, "queued_at", "id"), filter.order());
    return bound(handle.createQuery(sql), filter, limit, last);
  }

  /**
   * Those in repositories that match a pattern. Where many do, they are soon found among the
   * newest; else by their repositories.
   */
  private static List<Conversion> matching(
      Handle handle, ConversionFilter filter, int limit, @Nullable PageToken last) {
    String page = PageToken.condition(last, "queued_at", "id");
    List<Conversion> newest =
        bound(
            handle
                .createQuery(AMONG_NEWEST.formatted(filter.condition(), page, filter.order()))
                .bind("newest", NEWEST),
            filter,
            limit,
            last);
    if (newest.size() == limit) {
      return newest;
    }
    List<String> names =
        handle
            .createQuery("SELECT name FROM repository WHERE name LIKE :like ESCAPE '!'")
            .bind("like", filter.like())
            .mapTo(String.class)
            .list();
    return names.isEmpty()
        ? List.of()
        : bound(
            handle
                .createQuery(OF_REPOSITORIES.formatted(filter.condition(), page))
                .bindArray("names", String.class, names),
            filter,
            limit,
            last);
  }

  private static List<Conversion> bound(
      Query query, ConversionFilter filter, int limit, @Nullable PageToken last) {
    return PageToken.bind(query, last)
        .bindMethods(filter)
        .bind("limit", limit)
        .map(Conversion.ROW)
        .list();
  }

  /**
   * The conversions of these requests.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<Conversion> ofRequests(List<String> requests) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT * FROM conversion WHERE request_id = ANY(:requests) AND shown
                    ORDER BY updated_at, id
                    """)
                .bindArray("requests", String.class, requests)
                .map(Conversion.ROW)
                .list());
  }

  /**
   * Requests that are part of another, among these requests and those that are part of them.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<String> partsAmong(List<String> requests) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT id FROM request WHERE part_of IS NOT NULL
                      AND (id = ANY(:requests) OR part_of = ANY(:requests)) ORDER BY id
                    """)
                .bindArray("requests", String.class, requests)
                .mapTo(String.class)
                .list());
  }

  /**
   * Up to {@code limit} conversions of each state, what changed last first.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<Conversion> current(int limit) throws UnavailableException {
    return database.read(
        handle ->
            Stream.of(ConversionState.values())
                .flatMap(state -> newest(handle, state, limit).stream())
                .sorted(
                    Comparator.comparing((Conversion one) -> one.times().updatedAt()).reversed())
                .toList());
  }

  private static List<Conversion> newest(Handle handle, ConversionState state, int limit) {
    return handle
        .createQuery(
            """
            SELECT * FROM conversion WHERE shown AND state = :state
            ORDER BY shown, state, updated_at DESC, id LIMIT :limit
            """)
        .bind("state", state)
        .bind("limit", limit)
        .map(Conversion.ROW)
        .list();
  }
}
