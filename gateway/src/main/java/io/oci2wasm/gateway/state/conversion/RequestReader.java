package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Reads the requests of a repository, and what its tags stand for. Thread-safe. */
public final class RequestReader {
  private static final String OF_REPOSITORY =
      "SELECT %s FROM request WHERE registry = :registry AND repository = :repository AND ";

  /** All columns of the index, so that H2 reads no row that is not wanted. */
  private static final String NEWEST_OF_NEXT_TAG =
      OF_REPOSITORY.formatted("*")
          + """
          tag >= :tag AND (sender IS NULL OR sender <> 'translate')
          ORDER BY registry, repository, tag, queued_at DESC, id LIMIT 1
          """;

  private final StateDatabase database;

  public RequestReader(StateDatabase database) {
    this.database = database;
  }

  /**
   * Where images are.
   *
   * @param tag null means any, and none
   */
  public record Place(String registry, String repository, @Nullable String tag) {}

  /** What a tag was pushed or asked for as last. */
  public record Tag(String tag, Request request) {}

  /**
   * Up to {@code limit} requests with their conversions, newest first; not those that are part of
   * others.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   * @throws UnavailableException if the database does not answer
   */
  public Page<Request> list(Place place, int limit, @Nullable String page)
      throws UnavailableException {
    PageToken last = PageToken.parse(page);
    String sql =
        OF_REPOSITORY.formatted("*")
            + "%s AND part_of IS NULL AND %s ORDER BY registry, repository, %s LIMIT :limit"
                .formatted(
                    place.tag == null ? "TRUE" : "tag = :tag",
                    PageToken.condition(last, "queued_at", "id"),
                    place.tag == null ? "queued_at DESC, id" : "tag, queued_at DESC, id");
    return database.read(
        handle -> {
          List<Request> found =
              PageToken.bind(handle.createQuery(sql), last)
                  .bindMethods(place)
                  .bind("limit", limit + 1)
                  .map(Request.ROW)
                  .list();
          Page<Request> rows =
              Page.of(found, limit, one -> new PageToken(one.queuedAt(), one.id()));
          return new Page<>(withConversions(handle, rows.items()), rows.next());
        });
  }

  /**
   * Up to {@code limit} tags of a repository, in order, each with its newest request.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   * @throws UnavailableException if the database does not answer
   */
  public Page<Tag> tags(Place place, int limit, @Nullable String page) throws UnavailableException {
    String after = page == null ? "" : decoded(page);
    return database.read(
        handle -> {
          List<Request> newest = new ArrayList<>();
          Optional<Request> next = newestOfNextTag(handle, place, after);
          while (next.isPresent() && newest.size() < limit) {
            newest.add(next.get());
            next = newestOfNextTag(handle, place, String.valueOf(next.get().image().tag()));
          }
          List<Tag> items =
              withConversions(handle, newest).stream()
                  .map(one -> new Tag(String.valueOf(one.image().tag()), one))
                  .toList();
          return new Page<>(
              items, next.isEmpty() ? null : encoded(items.get(items.size() - 1).tag()));
        });
  }

  /** However many requests a tag has, one is looked at. */
  private static Optional<Request> newestOfNextTag(Handle handle, Place place, String after) {
    return handle
        .createQuery(NEWEST_OF_NEXT_TAG)
        .bind("registry", place.registry)
        .bind("repository", place.repository)
        .bind("tag", Rows.after(after))
        .map(Request.ROW)
        .findOne();
  }

  private static List<Request> withConversions(Handle handle, List<Request> requests) {
    String[] ids = requests.stream().map(Request::id).toArray(String[]::new);
    Map<String, List<Conversion>> conversions =
        Rows.select(handle, "conversion.*", "conversion", "request_id", ids)
            .map(RequestChange.Saved.ROW)
            .stream()
            .filter(RequestChange.Saved::shown)
            .map(RequestChange.Saved::conversion)
            .collect(Collectors.groupingBy(Conversion::requestId));
    return requests.stream()
        .map(one -> one.with(conversions.getOrDefault(one.id(), List.of())))
        .toList();
  }

  private static String encoded(String tag) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(tag.getBytes(StandardCharsets.US_ASCII));
  }

  private static String decoded(String page) {
    try {
      String tag = new String(Base64.getUrlDecoder().decode(page), StandardCharsets.US_ASCII);
      if (ImageReference.isTag(tag)) {
        return tag;
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(PageToken.unknown(page), e);
    }
    throw new IllegalArgumentException(PageToken.unknown(page));
  }
}
