package io.oci2wasm.gateway.state.lease;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Duration;
import java.time.Instant;
import org.jdbi.v3.core.Handle;

/** Leases: among all gateways that share a database, only the holder does a task. Thread-safe. */
public final class Leases {
  private final StateDatabase database;

  public Leases(StateDatabase database) {
    this.database = database;
  }

  /**
   * Whether {@code owner} may do alone, for {@code time} from now, what {@code name} stands for:
   * nobody else may, or it did already.
   *
   * @throws UnavailableException if the database does not answer
   */
  public boolean lease(String name, String owner, Duration time) throws UnavailableException {
    return database.alone("taking a lease", handle -> lease(handle, name, owner, time));
  }

  /** Whether {@code owner} has it at this moment. */
  public static boolean isHeld(Handle handle, String name, String owner) {
    return handle
        .createQuery("SELECT owner FROM lease WHERE name = :name AND ends_at >= :now")
        .bind("name", name)
        .bind("now", now(handle))
        .mapTo(String.class)
        .findOne()
        .filter(owner::equals)
        .isPresent();
  }

  /** The condition in SQL that the owner in a column has the lease of a name at this moment. */
  public static String held(String name, String owner) {
    return """
        EXISTS (SELECT 1 FROM lease
          WHERE name = %s AND owner = %s AND ends_at >= CURRENT_TIMESTAMP)
        """
        .formatted(name, owner);
  }

  /** The database's clock is the same for all gateways. */
  private static Instant now(Handle handle) {
    return handle.createQuery("SELECT CURRENT_TIMESTAMP").mapTo(Instant.class).one();
  }

  private static boolean lease(Handle handle, String name, String owner, Duration time) {
    Instant now = now(handle);
    int renewed =
        handle
            .createUpdate(
                """
                UPDATE lease SET owner = :owner, ends_at = :end
                WHERE name = :name AND (owner = :owner OR ends_at < :now)
                """)
            .bind("owner", owner)
            .bind("end", now.plus(time))
            .bind("name", name)
            .bind("now", now)
            .execute();
    if (renewed > 0) {
      return true;
    }
    boolean held =
        handle
            .createQuery("SELECT owner FROM lease WHERE name = :name")
            .bind("name", name)
            .mapTo(String.class)
            .findOne()
            .isPresent();
    if (held) {
      return false;
    }
    handle
        .createUpdate("INSERT INTO lease (name, owner, ends_at) VALUES (:name, :owner, :end)")
        .bind("name", name)
        .bind("owner", owner)
        .bind("end", now.plus(time))
        .execute();
    return true;
  }

  /**
   * Lets others have what {@link #lease} gave.
   *
   * @throws UnavailableException if the database does not answer
   */
  public void release(String name, String owner) throws UnavailableException {
    int unused =
        database.inTransaction(
            "giving a lease back",
            handle ->
                handle.execute("DELETE FROM lease WHERE name = ? AND owner = ?", name, owner));
  }
}
