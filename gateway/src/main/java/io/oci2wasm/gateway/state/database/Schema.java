package io.oci2wasm.gateway.state.database;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A set of tables and its numbered changes: the resources {@code schema/NAME/1.sql}, {@code 2.sql}
 * and so on. The table {@code schema_version} says how many of them a database has seen. Each may
 * run twice, because H2 commits after every statement of this kind.
 */
final class Schema {
  private static final Logger LOGGER = LoggerFactory.getLogger(Schema.class);

  /** What the gateways keep for themselves, and no topic tells. */
  static final Schema OWN = new Schema("own");

  /** What is computed from the topics. */
  static final Schema STATE = new Schema("state");

  private static final Pattern TABLE = Pattern.compile("CREATE TABLE IF NOT EXISTS (\\w+)");

  private static final Pattern INDEX =
      Pattern.compile("CREATE INDEX IF NOT EXISTS (\\w+)\\s+ON\\s[^;]+");

  private static final Pattern DROPPED_INDEX = Pattern.compile("DROP INDEX IF EXISTS (\\w+)");

  /** What finds the rows that an event changes. */
  static final Set<String> WRITERS_INDEXES =
      Set.of(
          "request_image",
          "conversion_request",
          "history_request",
          "batch_entry_state",
          "batch_entry_image",
          "child_digest");

  /** The first line of a change after which the rows are to be computed anew, and why. */
  private static final Pattern RECOMPUTE = Pattern.compile("\\A-- recompute: \\S.*");

  private final String name;
  private final List<String> changes;

  Schema(String name) {
    this.name = name;
    this.changes = changes(name);
  }

  private static List<String> changes(String name) {
    List<String> changes = new ArrayList<>();
    try {
      for (int number = 1; ; number++) {
        try (InputStream file =
            Schema.class.getResourceAsStream("schema/" + name + "/" + number + ".sql")) {
          if (file == null) {
            return List.copyOf(changes);
          }
          changes.add(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("schema/" + name + " of this program cannot be read", e);
    }
  }

  String name() {
    return name;
  }

  /** The number of the last change. */
  int latest() {
    return changes.size();
  }

  /** All tables, as their changes name them. */
  List<String> tables() {
    return changes.stream()
        .flatMap(change -> TABLE.matcher(change).results())
        .map(found -> found.group(1))
        .distinct()
        .toList();
  }

  /** The number of the last change that a database has seen, 0 without any. */
  int version(Handle handle) {
    handle.execute(
        "CREATE TABLE IF NOT EXISTS schema_version"
            + " (name VARCHAR(8) NOT NULL PRIMARY KEY, version INTEGER NOT NULL)");
    return handle
        .createQuery("SELECT version FROM schema_version WHERE name = :name")
        .bind("name", name)
        .mapTo(Integer.class)
        .findOne()
        .orElse(0);
  }

  /**
   * Makes the changes that a database has not seen. One with more than this program knows is left
   * as it is: changes only add, and drop indexes at most, so that an older gateway can go on beside
   * a newer one.
   *
   * @return whether rows that were there are to be computed anew
   */
  boolean bringUpToDate(Handle handle) {
    int found = version(handle);
    boolean recompute = changeSince(handle, found);
    if (found != latest()) {
      LOGGER
          .atInfo()
          .addKeyValue("schema", name)
          .addKeyValue("found", found)
          .addKeyValue("known", latest())
          .log(found < latest() ? "Changed the database's schema" : "The database is newer");
    }
    return recompute;
  }

  /**
   * Makes the changes after the one with the number {@code found}.
   *
   * @return whether rows that were there are to be computed anew
   */
  boolean changeSince(Handle handle, int found) {
    boolean recompute = false;
    for (int number = found + 1; number <= latest(); number++) {
      String change = changes.get(number - 1);
      try (var script = handle.createScript(inDialect(handle, change))) {
        script.execute();
      }
      save(handle, number);
      Matcher why = RECOMPUTE.matcher(change);
      recompute |= found > 0 && why.lookingAt();
    }
    return recompute;
  }

  /**
   * Drops the indexes that only those need who read. While tables are filled from their beginning
   * nobody does, and they take more time than the rows.
   */
  void dropReadersIndexes(Handle handle) {
    String schema = handle.createQuery("SELECT CURRENT_SCHEMA").mapTo(String.class).one();
    readersIndexes()
        .forEach(
            index ->
                handle.execute(
                    "DROP INDEX IF EXISTS " + Generations.quoted(schema) + "." + index.group(1)));
  }

  /** Makes those indexes again where they are missing, and any other that is. */
  void makeReadersIndexes(Handle handle) {
    indexes().forEach(index -> handle.execute(index.group()));
  }

  private Stream<MatchResult> readersIndexes() {
    return indexes().filter(index -> !WRITERS_INDEXES.contains(index.group(1)));
  }

  private Stream<MatchResult> indexes() {
    Set<String> dropped =
        changes.stream()
            .flatMap(change -> DROPPED_INDEX.matcher(change).results())
            .map(index -> index.group(1))
            .collect(Collectors.toSet());
    return changes.stream()
        .flatMap(change -> INDEX.matcher(change).results())
        .filter(index -> !dropped.contains(index.group(1)));
  }

  private void save(Handle handle, int version) {
    int updated =
        handle.execute("UPDATE schema_version SET version = ? WHERE name = ?", version, name);
    if (updated == 0) {
      handle.execute("INSERT INTO schema_version (version, name) VALUES (?, ?)", version, name);
    }
  }

  /** BYTES stands for the database's own type without a small limit. */
  private static String inDialect(Handle handle, String sql) {
    return sql.replace(" BYTES", isPostgres(handle) ? " BYTEA" : " BLOB");
  }

  static boolean isPostgres(Handle handle) {
    try {
      return handle.getConnection().getMetaData().getDatabaseProductName().equals("PostgreSQL");
    } catch (SQLException e) {
      throw new IllegalStateException("a database that does not tell its name", e);
    }
  }
}
