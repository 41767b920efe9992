package io.oci2wasm.gateway.state.database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/** Statements about many rows at once. */
public final class Rows {
  private Rows() {}

  /**
   * The rows whose {@code column} is one of {@code ids}. A join finds each by an index; H2 compares
   * every row that {@code = ANY} finds with every one of the ids.
   */
  public static Query select(
      Handle handle, String what, String table, String column, String[] ids) {
    String sql =
        """
        SELECT %s FROM UNNEST(CAST(:ids AS VARCHAR ARRAY)) AS given(id)
        JOIN %s ON %s.%s = given.id
        """;
    return handle
        .createQuery(sql.formatted(what, table, table, column))
        .bindArray("ids", (Object[]) ids);
  }

  /**
   * What comes right after {@code name} in an index, to be used with {@code >=}. With {@code >} H2
   * reads all rows of that name to get past them. No name has such a character.
   */
  public static String after(String name) {
    return name + '\u0001';
  }

  /** Deletes the rows of {@code table} whose {@code column} is one of {@code ids}. */
  public static void delete(Handle handle, String table, String column, String[] ids) {
    handle
        .createUpdate("DELETE FROM %s WHERE %s = ANY(:ids)".formatted(table, column))
        .bindArray("ids", (Object[]) ids)
        .execute();
  }

  /** Executes {@code batch}, unless it is empty. */
  public static void execute(PreparedBatch batch) {
    if (batch.size() > 0) {
      batch.execute();
    }
  }
}
