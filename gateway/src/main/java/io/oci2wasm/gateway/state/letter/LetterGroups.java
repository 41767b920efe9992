package io.oci2wasm.gateway.state.letter;

import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.util.List;
import java.util.Locale;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/** Counts dead letters by what they have in common. Thread-safe. */
public final class LetterGroups {
  private static final String COUNTED =
      """
      COUNT(*) AS letters, COUNT(*) AS replayable, MIN(l.dead_at) AS first_dead_at,
      MAX(l.dead_at) AS last_dead_at
      """;
  private static final String BY_REASON =
      """
      SELECT l.stage, l.reason, COUNT(DISTINCT l.registry || '/' || l.repository) AS repositories,
      """
          + COUNTED;
  private static final String BY_REPOSITORY =
      "SELECT l.stage, l.reason, l.registry, l.repository, " + COUNTED;

  /** The stage comes first, so that of other letters only the index is read. */
  private static final String OWN = "l.stage = 'gateway' AND l.source = 'gateway'";

  private final StateDatabase database;

  public LetterGroups(StateDatabase database) {
    this.database = database;
  }

  /** What letters of a group have in common. */
  public enum By {
    /** The stage and the reason. */
    REASON,
    /** These, and the repository. */
    REPOSITORY;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    private String select() {
      return switch (this) {
        case REASON -> BY_REASON;
        case REPOSITORY -> BY_REPOSITORY;
      };
    }

    private String columns() {
      return switch (this) {
        case REASON -> "l.stage, l.reason";
        case REPOSITORY -> "l.stage, l.reason, l.registry, l.repository";
      };
    }
  }

  /**
   * Up to {@code limit} groups, the largest first.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<LetterGroup> largest(LetterFilter filter, By by, int limit)
      throws UnavailableException {
    return database.read(
        handle -> {
          List<LetterGroup> found = largest(handle, filter, filter.condition(), by, limit);
          if (found.stream().noneMatch(group -> group.stage() == Stage.GATEWAY)) {
            return found;
          }
          List<LetterGroup> own =
              largest(handle, filter, filter.condition() + " AND " + OWN, by, Integer.MAX_VALUE);
          return found.stream().map(group -> group.without(count(group, own))).toList();
        });
  }

  private static List<LetterGroup> largest(
      Handle handle, LetterFilter filter, String condition, By by, int limit) {
    String sql =
        "%s %s GROUP BY %s ORDER BY letters DESC, %s LIMIT :limit"
            .formatted(
                by.select(), LetterReader.FROM.formatted(condition), by.columns(), by.columns());
    return handle
        .createQuery(sql)
        .bindMethods(filter)
        .bind("limit", limit)
        .map(ConstructorMapper.of(LetterGroup.class))
        .list();
  }

  private static long count(LetterGroup group, List<LetterGroup> some) {
    return some.stream().filter(group::isSame).mapToLong(LetterGroup::letters).sum();
  }
}
