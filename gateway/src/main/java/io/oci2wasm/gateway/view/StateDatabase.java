package io.oci2wasm.gateway.view;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.config.SecretFile;
import java.time.Duration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database with what the API shows: H2 in this process, or PostgreSQL. Its content is computed
 * from the topics, but for the tables of {@link Schema#OWN}.
 */
public final class StateDatabase implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StateDatabase.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Of all gateways that open one PostgreSQL one changes its tables. */
  private static final long SCHEMA_LOCK = 0x6f636932_7761736dL;

  /** The first release emptied databases that say another number. */
  private static final int FIRST_RELEASE = 4;

  private final HikariDataSource pool;
  private final Jdbi jdbi;

  private StateDatabase(HikariDataSource pool) {
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
    jdbi.registerArgument(new TimeArgument());
    jdbi.registerArgument(new WordArgument<Lane>() {});
    jdbi.registerArgument(new WordArgument<Stage>() {});
    jdbi.registerArgument(new WordArgument<Reason>() {});
    jdbi.registerArgument(new WordArgument<Platform>() {});
    jdbi.registerArgument(new WordArgument<Sha256Digest>() {});
    jdbi.registerArgument(new WordArgument<ConversionState>() {});
    jdbi.registerRowMapper(Conversion.class, (row, context) -> StateRows.conversion(row));
    jdbi.registerRowMapper(Request.class, (row, context) -> StateRows.request(row));
    jdbi.registerArgument(new WordArgument<Letter.Source>() {});
    jdbi.registerArgument(new WordArgument<Letter.State>() {});
    jdbi.registerRowMapper(Letter.class, (row, context) -> StateRows.letter(row));
    jdbi.registerArgument(new WordArgument<BatchEntryState>() {});
    jdbi.registerArgument(new WordArgument<BatchRequested.Kind>() {});
    jdbi.registerRowMapper(BatchFacts.class, (row, context) -> StateRows.batch(row));
    jdbi.registerRowMapper(HistoryEntry.class, (row, context) -> StateRows.historyEntry(row));
  }

  /**
   * Opens the database. Tables that it lacks are made, those of an older program are changed.
   *
   * @throws UnavailableException if it cannot be reached or opened
   */
  public static StateDatabase open(DatabaseConfig config) throws UnavailableException {
    HikariConfig settings = new HikariConfig();
    settings.setPoolName("state");
    settings.setJdbcUrl(config.effectiveUrl());
    settings.setMaximumPoolSize(config.connections());
    settings.setMinimumIdle(1);
    settings.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    settings.setInitializationFailTimeout(CONNECT_TIMEOUT.toMillis());
    if (config.user() != null) {
      settings.setUsername(config.user());
    }
    if (config.passwordFile() != null) {
      settings.setPassword(SecretFile.read(config.passwordFile()));
    }
    StateDatabase database;
    try {
      database = new StateDatabase(new HikariDataSource(settings));
    } catch (PoolInitializationException e) {
      throw new UnavailableException("opening " + config + ": " + rootMessage(e), e);
    }
    try {
      database.jdbi.useTransaction(StateDatabase::prepare);
      return database;
    } catch (JdbiException e) {
      database.close();
      throw unavailable("preparing " + config, e);
    }
  }

  private static void prepare(Handle handle) {
    if (Schema.isPostgres(handle)) {
      handle.execute("SELECT pg_advisory_xact_lock(?)", SCHEMA_LOCK);
    }
    if (Schema.STATE.version(handle) == 0) {
      dropIfUnreleased(handle);
    }
    Schema.OWN.bringUpToDate(handle);
    if (Schema.STATE.bringUpToDate(handle)) {
      LOGGER.atInfo().log("What the topics tell is read differently: computing the state anew");
      clear(handle);
    }
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
      LOGGER.atInfo().log("The database is older than the first release: making its tables anew");
      handle.execute("DROP TABLE IF EXISTS " + String.join(", ", Schema.STATE.tables()));
      handle.execute("DROP TABLE IF EXISTS " + String.join(", ", Schema.OWN.tables()));
    }
  }

  /**
   * Forgets everything that the topics tell, so that it is computed anew.
   *
   * @throws UnavailableException if the database does not answer
   */
  public void clear() throws UnavailableException {
    try {
      jdbi.useTransaction(StateDatabase::clear);
    } catch (JdbiException e) {
      throw unavailable("clearing the state", e);
    }
  }

  private static void clear(Handle handle) {
    lock(handle);
    for (String table : Schema.STATE.tables()) {
      handle.execute(
          table.equals("projection")
              ? "UPDATE projection SET cluster = NULL"
              : "DELETE FROM " + table);
    }
  }

  /** Until the transaction ends nobody else changes what is computed from the topics. */
  static String lock(Handle handle) {
    return handle
        .createQuery("SELECT COALESCE(cluster, '') FROM projection FOR UPDATE")
        .mapTo(String.class)
        .one();
  }

  /**
   * What {@code action} reads.
   *
   * @throws UnavailableException if the database does not answer
   */
  <T> T read(HandleCallback<T, RuntimeException> action) throws UnavailableException {
    return inTransaction("reading the state", action::withHandle);
  }

  /**
   * What {@code action} returns while nobody else changes what is computed from the topics. If it
   * throws, nothing is changed.
   *
   * @throws UnavailableException if the database does not answer, or the action says so
   */
  <T> T alone(String doing, HandleCallback<T, UnavailableException> action)
      throws UnavailableException {
    return inTransaction(
        doing,
        handle -> {
          lock(handle);
          return action.withHandle(handle);
        });
  }

  /**
   * What {@code action} returns. If it throws, nothing is changed.
   *
   * @throws UnavailableException if the database does not answer, or the action says so
   */
  <T> T inTransaction(String doing, HandleCallback<T, UnavailableException> action)
      throws UnavailableException {
    try {
      return jdbi.inTransaction(action);
    } catch (JdbiException e) {
      throw unavailable(doing, e);
    }
  }

  Jdbi jdbi() {
    return jdbi;
  }

  static UnavailableException unavailable(String doing, JdbiException cause) {
    LOGGER
        .atDebug()
        .setCause(cause)
        .addKeyValue(LogKeys.ERROR, cause.getMessage())
        .log("The database refused something");
    return new UnavailableException("database, " + doing + ": " + rootMessage(cause), cause);
  }

  private static String rootMessage(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  @Override
  public void close() {
    pool.close();
  }
}
