package io.oci2wasm.gateway.state.database;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * An empty database: H2 in memory, or the PostgreSQL that the system property {@code
 * oci2wasm.test.database} names (.ci/postgres.sh).
 */
public final class TestDatabase {
  private TestDatabase() {}

  public static StateDatabase open(DatabaseConfig config) throws IOException {
    StateDatabase database = StateDatabase.open(config);
    database.clear();
    int unused = database.inTransaction("dropping what other tests left", TestDatabase::dropOthers);
    unused = database.inTransaction("emptying our own tables", TestDatabase::emptyOwn);
    return database;
  }

  private static int dropOthers(Handle handle) {
    int living = Generations.living(handle);
    if (living > 0) {
      Generations.dropOthers(handle, "public");
    }
    return living;
  }

  private static int emptyOwn(Handle handle) {
    return Schema.OWN.tables().stream()
        .filter(table -> !table.equals("generation"))
        .mapToInt(table -> handle.execute("DELETE FROM " + table))
        .sum();
  }

  public static DatabaseConfig newConfig() {
    String given = System.getProperty("oci2wasm.test.database");
    @Nullable String user = System.getProperty("oci2wasm.test.database.user");
    return given != null
        ? new DatabaseConfig(given, user, null, null, 4, null)
        : new DatabaseConfig("jdbc:h2:mem:" + UUID.randomUUID(), null, null, null, 4, null);
  }

  /** The database itself, without what the gateway does around each transaction. */
  public static Jdbi jdbi(StateDatabase database) {
    return database.jdbi();
  }

  public static boolean isPostgres(Handle handle) {
    return Schema.isPostgres(handle);
  }

  /** The version of the computed tables' schema that this program knows. */
  public static int latestSchema() {
    return Schema.STATE.latest();
  }

  /** The rows of each table, in an order of their own. */
  public static List<List<String>> rows(StateDatabase database, String... names) {
    List<List<String>> tables = new ArrayList<>();
    for (String table : names) {
      tables.add(
          database
              .jdbi()
              .withHandle(
                  handle ->
                      handle
                          .createQuery("SELECT * FROM " + table)
                          .map(
                              (row, context) -> {
                                StringBuilder text = new StringBuilder();
                                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                                  text.append(row.getString(i)).append('|');
                                }
                                return text.toString();
                              })
                          .list())
              .stream()
              .sorted()
              .toList());
    }
    return tables;
  }
}
