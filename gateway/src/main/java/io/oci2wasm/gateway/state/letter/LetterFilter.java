package io.oci2wasm.gateway.state.letter;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.database.LikePattern;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Filter for dead letters. Null matches any.
 *
 * @param repository a pattern: {@code *} stands for any characters, {@code ?} for one
 * @param request the id of the one that failed
 * @param deadBefore a time; letters that died later do not match
 */
public record LetterFilter(
    @Nullable Stage stage,
    @Nullable Reason reason,
    @Nullable String registry,
    @Nullable String repository,
    @Nullable String request,
    @Nullable Instant deadBefore,
    Letter.@Nullable State state) {
  public static final LetterFilter ANY = new LetterFilter(null, null, null, null);

  private static final String REPLAYED =
      "(r.replayed_at IS NOT NULL AND r.replayed_at >= l.dead_at)";
  private static final String DISMISSED =
      "(d.dismissed_at IS NOT NULL AND d.dismissed_at >= l.dead_at)";

  /** Of any registry, request and time. */
  public LetterFilter(
      @Nullable Stage stage,
      @Nullable Reason reason,
      @Nullable String repository,
      Letter.@Nullable State state) {
    this(stage, reason, null, repository, null, null, state);
  }

  /**
   * What a letter {@code l}, its replay {@code r} and its dismissal {@code d} must fulfil, with
   * parameters as members.
   */
  String condition() {
    return Stream.of(
            stage == null ? null : "l.stage = :stage",
            reason == null ? null : "l.reason = :reason",
            registry == null ? null : "l.registry = :registry",
            repository == null ? null : repositoryCondition(repository),
            request == null ? null : "l.request_id = :request",
            deadBefore == null ? null : "l.dead_at <= :deadBefore",
            state == null ? null : stateCondition(state))
        .filter(Objects::nonNull)
        .collect(Collectors.collectingAndThen(Collectors.joining(" AND "), LetterFilter::orTrue));
  }

  private static String orTrue(String condition) {
    return condition.isEmpty() ? "TRUE" : condition;
  }

  private static String repositoryCondition(String repository) {
    return LikePattern.isPattern(repository)
        ? "l.repository LIKE :like ESCAPE '!'"
        : "l.repository = :repository";
  }

  private static String stateCondition(Letter.State state) {
    return switch (state) {
      case OPEN -> "NOT " + REPLAYED + " AND NOT " + DISMISSED;
      case REPLAYED -> REPLAYED;
      case DISMISSED -> DISMISSED + " AND NOT " + REPLAYED;
    };
  }

  /** {@code repository} in SQL's form. */
  public @Nullable String like() {
    return repository == null ? null : LikePattern.of(repository);
  }
}
