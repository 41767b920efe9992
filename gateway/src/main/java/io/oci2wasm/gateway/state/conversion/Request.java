package io.oci2wasm.gateway.state.conversion;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/**
 * One push of one reference as the API shows it (docs/FORMATS.md, "HTTP API"), and as a row of the
 * table {@code request}.
 *
 * @param ended whether all of its outcomes are there
 * @param partOf the request for the index that was pushed after this one and holds its image: then
 *     this one has no conversions of its own to show
 * @param conversions absent in rows; they have a table of their own
 * @param history of the request as a whole; absent as {@code conversions}
 */
@JsonPropertyOrder({"id", "lane", "sender", "image", "outcomes", "fetchedBytes"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Request(
    String id,
    Lane lane,
    @Nested ImageReference image,
    @JsonIgnore @Nested Told told,
    boolean ended,
    @Nullable String partOf,
    Instant queuedAt,
    Instant updatedAt,
    @Nullable List<Conversion> conversions,
    @Nullable List<HistoryEntry> history) {
  static final RowMapper<Request> ROW = ConstructorMapper.of(Request.class);

  public Request {
    conversions = conversions == null ? null : List.copyOf(conversions);
    history = history == null ? null : List.copyOf(history);
  }

  @JsonProperty
  public @Nullable String sender() {
    return told.sender;
  }

  @JsonProperty
  public @Nullable Integer outcomes() {
    return told.outcomes;
  }

  @JsonProperty
  public @Nullable Long fetchedBytes() {
    return told.fetchedBytes;
  }

  /**
   * What single events tell of it.
   *
   * @param outcomes how many it has in all, once that is known
   * @param fetchedBytes what ingest fetched from the registry
   */
  public record Told(
      @Nullable String sender, @Nullable Integer outcomes, @Nullable Long fetchedBytes) {
    static final Told NOTHING = new Told(null, null, null);

    Told and(Told other) {
      return new Told(
          sender != null ? sender : other.sender,
          larger(outcomes, other.outcomes),
          larger(fetchedBytes, other.fetchedBytes));
    }

    private static <N extends Comparable<N>> @Nullable N larger(
        @Nullable N one, @Nullable N other) {
      if (one == null || other == null) {
        return one == null ? other : one;
      }
      return one.compareTo(other) >= 0 ? one : other;
    }
  }

  /** The same with its conversions, without the states it has had. */
  Request with(List<Conversion> conversions) {
    return new Request(
        id, lane, image, told, ended, partOf, queuedAt, updatedAt, conversions, null);
  }

  /** The same with its conversions and the states it has had as a whole. */
  Request with(List<Conversion> conversions, List<HistoryEntry> history) {
    return new Request(
        id, lane, image, told, ended, partOf, queuedAt, updatedAt, conversions, history);
  }
}
