package io.oci2wasm.gateway.state.conversion;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.mapper.reflect.JdbiConstructor;
import org.jspecify.annotations.Nullable;

/**
 * One push of one reference as the API shows it (docs/FORMATS.md, "HTTP API").
 *
 * @param outcomes how many it has in all, once that is known
 * @param ended whether all of them are there
 * @param partOf the request for the index that was pushed after this one and holds its image: then
 *     this one has no conversions of its own to show
 * @param history of the request as a whole
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Request(
    String id,
    Lane lane,
    @Nullable String sender,
    ImageReference image,
    @Nullable Integer outcomes,
    boolean ended,
    @Nullable String partOf,
    Instant queuedAt,
    Instant updatedAt,
    @Nullable List<Conversion> conversions,
    @Nullable List<HistoryEntry> history) {
  public Request {
    conversions = conversions == null ? null : List.copyOf(conversions);
    history = history == null ? null : List.copyOf(history);
  }

  /** A row of the table {@code request}. */
  static final RowMapper<Request> ROW = ConstructorMapper.of(Request.class);

  /** As columns have it: conversions and history have tables of their own. */
  @JdbiConstructor
  public static Request ofRow(
      String id,
      Lane lane,
      @Nullable String sender,
      @Nested ImageReference image,
      @Nullable Integer outcomes,
      boolean ended,
      @Nullable String partOf,
      Instant queuedAt,
      Instant updatedAt) {
    return new Request(
        id, lane, sender, image, outcomes, ended, partOf, queuedAt, updatedAt, null, null);
  }

  /** The same with its conversions and the states it has had as a whole. */
  Request with(List<Conversion> conversions, List<HistoryEntry> history) {
    return new Request(
        id,
        lane,
        sender,
        image,
        outcomes,
        ended,
        partOf,
        queuedAt,
        updatedAt,
        conversions,
        history);
  }
}
