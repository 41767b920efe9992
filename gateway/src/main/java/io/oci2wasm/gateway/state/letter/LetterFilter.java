package io.oci2wasm.gateway.state.letter;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.database.LikePattern;
import org.jspecify.annotations.Nullable;

/**
 * Filter for dead letters. Null matches any.
 *
 * @param repository a pattern: {@code *} stands for any characters, {@code ?} for one
 */
public record LetterFilter(
    @Nullable Stage stage,
    @Nullable Reason reason,
    @Nullable String repository,
    Letter.@Nullable State state) {
  public static final LetterFilter ANY = new LetterFilter(null, null, null, null);

  /** What a letter {@code l} and its replay {@code r} must fulfil, with parameters as members. */
  String condition() {
    String replayed = "(r.replayed_at IS NOT NULL AND r.replayed_at >= l.dead_at)";
    return String.format(
        "1 = 1%s%s%s%s",
        stage == null ? "" : " AND l.stage = :stage",
        reason == null ? "" : " AND l.reason = :reason",
        repository == null ? "" : " AND l.repository LIKE :like ESCAPE '!'",
        state == null
            ? ""
            : switch (state) {
              case OPEN -> " AND NOT " + replayed;
              case REPLAYED -> " AND " + replayed;
            });
  }

  /** {@code repository} in SQL's form. */
  public @Nullable String like() {
    return repository == null ? null : LikePattern.of(repository);
  }
}
