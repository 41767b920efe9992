package io.oci2wasm.gateway.state.database;

import java.sql.SQLException;
import java.util.Set;

/**
 * Tells apart records that the database, or we, will never accept, and a database that does not
 * answer now.
 */
public final class PermanentError {
  /**
   * Classes of SQLSTATE (ISO 9075-2, table 38): data exceptions, violated constraints, and what
   * PostgreSQL adds for values over a limit of its own.
   */
  private static final Set<String> CLASSES = Set.of("22", "23", "54");

  private PermanentError() {}

  /** Whether the same would fail again. What no database said is a defect, and would too. */
  public static boolean is(RuntimeException error) {
    for (Throwable one = error; one != null; one = one.getCause()) {
      if (one instanceof SQLException sql) {
        String state = sql.getSQLState();
        return state != null && state.length() == 5 && CLASSES.contains(state.substring(0, 2));
      }
    }
    return true;
  }
}
