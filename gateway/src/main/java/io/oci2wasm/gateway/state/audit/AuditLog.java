package io.oci2wasm.gateway.state.audit;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Duration;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/** Who changed what, for {@link #KEEP}. No rebuild empties it. Thread-safe. */
public final class AuditLog {
  /** How long entries are kept. */
  public static final Duration KEEP = Duration.ofDays(400);

  private final StateDatabase database;

  public AuditLog(StateDatabase database) {
    this.database = database;
  }

  /**
   * Adds an entry, and forgets those that are too old.
   *
   * @throws UnavailableException if the database does not answer
   */
  public void add(AuditEntry entry) throws UnavailableException {
    int unused = database.inTransaction("noting a call", handle -> add(handle, entry));
  }

  private static int add(Handle handle, AuditEntry entry) {
    handle.execute("DELETE FROM audit WHERE at < ?", entry.at().minus(KEEP));
    return handle
        .createUpdate(
            """
            INSERT INTO audit (id, at, caller, role, address, call, body, status)
            VALUES (:id, :at, :caller, :role, :address, :call, :body, :status)
            """)
        .bindMethods(entry)
        .execute();
  }

  /**
   * Up to {@code limit} entries, newest first.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   * @throws UnavailableException if the database does not answer
   */
  public Page<AuditEntry> list(int limit, @Nullable String page) throws UnavailableException {
    PageToken last = PageToken.parse(page);
    List<AuditEntry> found = database.read(handle -> list(handle, limit + 1, last));
    return Page.of(found, limit, AuditEntry::token);
  }

  private static List<AuditEntry> list(Handle handle, int limit, @Nullable PageToken last) {
    String query =
        "SELECT * FROM audit WHERE %s ORDER BY at DESC, id LIMIT :limit"
            .formatted(PageToken.condition(last, "at", "id"));
    return PageToken.bind(handle.createQuery(query), last)
        .bind("limit", limit)
        .map(ConstructorMapper.of(AuditEntry.class))
        .list();
  }
}
