package io.oci2wasm.gateway.state.database;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database with what the API shows: H2 in this process, or PostgreSQL. Its content is computed
 * from the topics, but for the tables of {@link Schema#OWN}. There may be a second set of the
 * computed tables, which is filled beside the one that is shown ({@link Rebuilder}).
 */
public final class StateDatabase implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StateDatabase.class);

  /** The first release emptied databases that say another number. */
  private static final int FIRST_RELEASE = 4;

  /** A set that is no longer shown is left for the one that is; that may happen again meanwhile. */
  private static final int TRIES = 3;

  private final DatabaseConfig config;
  private final String base;
  private final @Nullable Predicate<Handle> rebuilder;
  private final Deque<Generation> retired = new ArrayDeque<>();
  private volatile Generation generation;
  private volatile @Nullable ReadingProgress filling;

  private StateDatabase(
      DatabaseConfig config,
      String base,
      Generation generation,
      @Nullable Predicate<Handle> rebuilder) {
    this.config = config;
    this.base = base;
    this.generation = generation;
    this.rebuilder = rebuilder;
  }

  /** The set that is asked for is no longer shown, or no longer wanted. */
  private static final class MovedException extends UnavailableException {
    private static final long serialVersionUID = 1L;

    MovedException(String message) {
      super(message, null);
    }
  }

  /** What is found at first. */
  private record Opened(String base, int living) {}

  /**
   * Opens the database. Tables that it lacks are made, those of an older program are changed.
   *
   * @throws UnavailableException if it cannot be reached or opened
   */
  public static StateDatabase open(DatabaseConfig config) throws UnavailableException {
    Generation first = Generation.first(config);
    try {
      Opened opened = first.inTransaction("preparing " + config, StateDatabase::prepare);
      Generation living = first;
      if (opened.living() != first.number()) {
        living = connect(config, first, opened.base(), opened.living());
        first.close();
      }
      bringUpToDate(living);
      return new StateDatabase(config, opened.base(), living, null);
    } catch (UnavailableException | RuntimeException e) {
      first.close();
      throw e;
    }
  }

  private static Opened prepare(Handle handle) {
    Generation.lockSchema(handle);
    if (Schema.OWN.version(handle) == 0) {
      dropIfUnreleased(handle);
    }
    Schema.OWN.bringUpToDate(handle);
    String base = handle.createQuery("SELECT CURRENT_SCHEMA").mapTo(String.class).one();
    return new Opened(base, Generations.living(handle));
  }

  /** No release made tables with these numbers. */
  private static void dropIfUnreleased(Handle handle) {
    handle.execute(
        "CREATE TABLE IF NOT EXISTS projection (schema_version INTEGER NOT NULL, cluster VARCHAR)");
    boolean unreleased =
        handle
            .createQuery("SELECT schema_version FROM projection")
            .mapTo(Integer.class)
            .findOne()
            .filter(version -> version != FIRST_RELEASE)
            .isPresent();
    if (unreleased) {
      LOGGER.atInfo().log(
          "The database is older than the first release: creating its tables again");
      handle.execute("DROP TABLE IF EXISTS " + String.join(", ", Schema.STATE.tables()));
      handle.execute("DROP TABLE IF EXISTS " + String.join(", ", Schema.OWN.tables()));
    }
  }

  private static Generation connect(DatabaseConfig config, Generation from, String base, int number)
      throws UnavailableException {
    int unused =
        from.inTransaction(
            "making an SQL schema (its user needs CREATE on the database)",
            handle ->
                handle.execute("CREATE SCHEMA IF NOT EXISTS " + Generations.schema(base, number)));
    return Generation.open(config, base, number);
  }

  private static void bringUpToDate(Generation living) throws UnavailableException {
    boolean recompute =
        living.inTransaction(
            "changing the schema",
            handle -> {
              Generation.lockSchema(handle);
              boolean demanded = living.bringUpToDate(handle);
              if (demanded) {
                Generations.want(handle);
              }
              return demanded;
            });
    if (recompute) {
      LOGGER.atInfo().log("This version reads the topics differently: rebuilding the state");
    }
  }

  /**
   * Wants the state computed anew from the topics, beside what is shown ({@link Rebuilder}). Where
   * nothing is shown yet there is nothing to do.
   *
   * @throws UnavailableException if the database does not answer
   */
  public void rebuild() throws UnavailableException {
    boolean wanted =
        aloneIn(
            "requesting a rebuild",
            (handle, cluster) -> {
              if (!cluster.isEmpty()) {
                Generations.want(handle);
              }
              return !cluster.isEmpty();
            });
    LOGGER.atInfo().addKeyValue("wanted", wanted).log("A rebuild of the state was requested");
  }

  /**
   * The set of tables that is to be computed beside the one that is shown.
   *
   * @throws UnavailableException if the database does not answer
   */
  public OptionalInt upcoming() throws UnavailableException {
    return read(Generations::upcoming);
  }

  /**
   * Connects to a set that is computed beside, with tables where it has none.
   *
   * @param isAllowed whether the caller may change it still, asked within each transaction
   * @throws UnavailableException if the database does not answer
   */
  public StateDatabase beside(int number, Predicate<Handle> isAllowed) throws UnavailableException {
    Generation beside = connect(config, generation, base, number);
    try {
      boolean unused =
          beside.inTransaction(
              "making tables",
              handle -> {
                Generation.lockSchema(handle);
                boolean recompute = beside.bringUpToDate(handle);
                if (recompute) {
                  clear(handle);
                }
                return recompute;
              });
      return new StateDatabase(config, base, beside, isAllowed);
    } catch (UnavailableException | RuntimeException e) {
      beside.close();
      throw e;
    }
  }

  /** Brings into a set what no topic has told it yet. */
  public interface Carrying {
    /** Brings it from the tables of {@code handle} into those of the SQL schema {@code next}. */
    void over(Handle handle, String next);
  }

  /**
   * Shows the set that was computed beside, if it has taken in all that the one that is shown has.
   *
   * @param carrying what only the one that is shown knows
   * @throws UnavailableException if the database does not answer, or somebody else computes it now
   */
  public boolean show(StateDatabase beside, Carrying carrying) throws UnavailableException {
    int number = beside.generation.number();
    String next = Generations.schema(base, number);
    boolean shown =
        aloneIn(
            "showing the rebuilt state",
            (handle, cluster) -> {
              handle.execute("SELECT 1 FROM " + next + ".projection FOR UPDATE");
              beside.check(handle, number);
              if (Generations.isBehind(handle, next)) {
                return false;
              }
              carrying.over(handle, next);
              Generations.show(handle, number);
              return true;
            });
    if (shown) {
      refresh();
    }
    return shown;
  }

  /**
   * Goes over to the set that is shown now, if another gateway has computed it.
   *
   * @throws UnavailableException if the database does not answer
   */
  public synchronized void refresh() throws UnavailableException {
    Generation old = generation;
    int living = read(Generations::living);
    if (living != old.number()) {
      Generation next = connect(config, old, base, living);
      bringUpToDate(next);
      generation = next;
      retired.push(old);
      old.retire();
      LOGGER.atInfo().addKeyValue("generation", living).log("Showing the rebuilt state");
    }
  }

  /**
   * Drops sets that have not been shown for a while.
   *
   * @return whether there is nothing left to do until another is shown
   * @throws UnavailableException if the database does not answer
   */
  public boolean dropForgotten() throws UnavailableException {
    return inTransaction(
        "dropping what is no longer shown",
        handle -> {
          boolean settled = Generations.isSettled(handle);
          if (settled) {
            Generation.lockSchema(handle);
            Generations.dropOthers(handle, base);
          }
          return settled;
        });
  }

  /**
   * Forgets everything that the topics tell, so that it is computed anew.
   *
   * @throws UnavailableException if the database does not answer
   */
  public void clear() throws UnavailableException {
    int unused =
        aloneIn(
            "clearing the state",
            (handle, cluster) -> {
              forget(handle);
              return 0;
            });
  }

  /** The same within a transaction of the caller that holds {@link #lock}. */
  public void forget(Handle handle) {
    clear(handle);
    // What is shown is computed anew now: nobody needs another set for that.
    if (rebuilder == null) {
      handle.execute("UPDATE generation SET upcoming = NULL");
    }
  }

  private static void clear(Handle handle) {
    for (String table : Schema.STATE.tables()) {
      handle.execute(
          table.equals("projection")
              ? "UPDATE projection SET cluster = NULL"
              : "DELETE FROM " + table);
    }
  }

  /** Whether a newer program made the tables, whose columns this one would leave empty. */
  public boolean isOfNewerProgram() {
    return generation.isOfNewerProgram();
  }

  /** Notes how far the topics are read into what is shown, null once it is complete. */
  public void filling(@Nullable ReadingProgress progress) {
    filling = progress;
  }

  /** How far the topics are read while what is shown is not complete; null once it is. */
  public @Nullable ReadingProgress filling() {
    return filling;
  }

  /** Whether another set of tables is wanted beside the one that is shown. */
  public static boolean isRebuildWanted(Handle handle) {
    return Generations.upcoming(handle).isPresent();
  }

  /** Drops the indexes that only readers need, while the tables are filled from the beginning. */
  public static void dropReadersIndexes(Handle handle) {
    Schema.STATE.dropReadersIndexes(handle);
  }

  /** Makes those indexes again where they are missing. */
  public static void makeReadersIndexes(Handle handle) {
    Schema.STATE.makeReadersIndexes(handle);
  }

  /** Until the transaction ends nobody else changes what is computed from the topics. */
  public static String lock(Handle handle) {
    return handle
        .createQuery("SELECT COALESCE(cluster, '') FROM projection FOR UPDATE")
        .mapTo(String.class)
        .one();
  }

  private void check(Handle handle, int number) throws MovedException {
    if (rebuilder == null) {
      int living = Generations.living(handle);
      if (living != number) {
        throw new MovedException("database: set " + living + " of its tables is shown now");
      }
    } else if (Generations.upcoming(handle).orElse(-1) != number || !rebuilder.test(handle)) {
      throw new MovedException(
          "database: another gateway does the rebuild, or nobody does any more");
    }
  }

  /**
   * What {@code action} reads.
   *
   * @throws UnavailableException if the database does not answer
   */
  public <T> T read(HandleCallback<T, RuntimeException> action) throws UnavailableException {
    return inTransaction("reading the state", action::withHandle);
  }

  /**
   * What {@code action} reads of the tables as they are at one moment, however long it takes.
   * Nobody waits for it.
   *
   * @throws IOException if the database does not answer, or the action says so
   */
  public <T> T readOneMoment(HandleCallback<T, IOException> action) throws IOException {
    try {
      return generation.jdbi().inTransaction(TransactionIsolationLevel.SERIALIZABLE, action);
    } catch (JdbiException e) {
      throw unavailable("reading the state at one moment", e);
    }
  }

  /** The tables that are computed from the topics, but for the one row of {@code projection}. */
  public static List<String> computedTables() {
    return Schema.STATE.tables().stream().filter(table -> !table.equals("projection")).toList();
  }

  /** The number of the last change that the computed tables have seen. */
  public static int schema(Handle handle) {
    return Schema.STATE.version(handle);
  }

  /** The number of the last change that this program knows. */
  public static int latestSchema() {
    return Schema.STATE.latest();
  }

  /** The cluster whose topics the computed tables know, empty without any. */
  public static String cluster(Handle handle) {
    return handle
        .createQuery("SELECT COALESCE(cluster, '') FROM projection")
        .mapTo(String.class)
        .one();
  }

  /** Makes the changes that come after one number, on rows that have not seen them. */
  public static void changeSince(Handle handle, int schema) {
    Schema.STATE.changeSince(handle, schema);
  }

  /** What a statement said that Jdbi did not execute, as Jdbi says it. */
  public static JdbiException unchecked(SQLException e) {
    return new ConnectionException(e);
  }

  /** What is done with the computed tables while nobody else changes them. */
  public interface Action<T> {
    /**
     * Does it.
     *
     * @param cluster whose topics the tables know, empty without any
     */
    T in(Handle handle, String cluster) throws UnavailableException;
  }

  /**
   * What {@code action} returns while nobody else changes what is computed from the topics. If it
   * throws, nothing is changed.
   *
   * @throws UnavailableException if the database does not answer, or the action says so
   */
  public <T> T alone(String doing, HandleCallback<T, UnavailableException> action)
      throws UnavailableException {
    return aloneIn(doing, (handle, cluster) -> action.withHandle(handle));
  }

  /** The same for who wants to know whose state it is. */
  public <T> T aloneIn(String doing, Action<T> action) throws UnavailableException {
    try {
      return aloneAsIs(action);
    } catch (JdbiException e) {
      throw unavailable(doing, e);
    }
  }

  /** The same for who wants to know what the database says: {@link JdbiException}s as they are. */
  public <T> T aloneAsIs(Action<T> action) throws UnavailableException {
    for (int tries = 1; ; tries++) {
      Generation at = generation;
      try {
        return at.jdbi()
            .inTransaction(
                handle -> {
                  String cluster = lock(handle);
                  check(handle, at.number());
                  return action.in(handle, cluster);
                });
      } catch (MovedException e) {
        if (rebuilder != null || tries == TRIES) {
          throw e;
        }
        refresh();
      }
    }
  }

  /**
   * What {@code action} returns. If it throws, nothing is changed.
   *
   * @throws UnavailableException if the database does not answer, or the action says so
   */
  public <T> T inTransaction(String doing, HandleCallback<T, UnavailableException> action)
      throws UnavailableException {
    return generation.inTransaction(doing, action);
  }

  Jdbi jdbi() {
    return generation.jdbi();
  }

  public static UnavailableException unavailable(String doing, JdbiException cause) {
    LOGGER
        .atDebug()
        .setCause(cause)
        .addKeyValue(LogKeys.ERROR, cause.getMessage())
        .log("The database refused something");
    return new UnavailableException("database, " + doing + ": " + rootMessage(cause), cause);
  }

  static String rootMessage(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  @Override
  public synchronized void close() {
    generation.close();
    retired.forEach(Generation::close);
  }
}
