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
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database with what the API shows: H2 in this process, or PostgreSQL. Its content is computed
 * from the topics, so a database with another version of the schema is emptied and filled anew.
 */
public final class StateDatabase implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StateDatabase.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Raised with each change of schema.sql, and where facts are read from events differently. */
  static final int SCHEMA_VERSION = 4;

  private static final List<String> TABLES =
      List.of(
          "consumed",
          "request",
          "conversion",
          "history",
          "dead_letter",
          "replay",
          "batch",
          "batch_entry",
          "lease",
          "gc_run");

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
   * Opens the database, with empty tables where it has none or others.
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
    handle.execute(
        "CREATE TABLE IF NOT EXISTS projection (schema_version INTEGER NOT NULL, cluster VARCHAR)");
    int found =
        handle
            .createQuery("SELECT schema_version FROM projection")
            .mapTo(Integer.class)
            .findOne()
            .orElse(0);
    if (found != SCHEMA_VERSION) {
      LOGGER.atInfo().addKeyValue("schemaVersion", SCHEMA_VERSION).log("Making tables anew");
      makeAnew(handle);
    }
  }

  /** Without a row in {@code projection} until all else is there, so that a crash is repaired. */
  private static void makeAnew(Handle handle) {
    handle.execute("DELETE FROM projection");
    handle.execute("DROP TABLE IF EXISTS " + String.join(", ", TABLES));
    try (var script = handle.createScript(schema(handle))) {
      script.execute();
    }
    handle.execute("INSERT INTO projection (schema_version) VALUES (?)", SCHEMA_VERSION);
  }

  private static String schema(Handle handle) {
    try (InputStream script =
        Objects.requireNonNull(StateDatabase.class.getResourceAsStream("schema.sql"))) {
      boolean postgres =
          handle.getConnection().getMetaData().getDatabaseProductName().equals("PostgreSQL");
      return new String(script.readAllBytes(), StandardCharsets.UTF_8)
          .replace(" BYTES NOT NULL", postgres ? " BYTEA NOT NULL" : " BLOB NOT NULL");
    } catch (IOException | SQLException e) {
      throw new IllegalStateException("schema.sql of this program cannot be read", e);
    }
  }

  /**
   * Forgets everything, so that it is computed anew from the topics.
   *
   * @throws UnavailableException if the database does not answer
   */
  public void clear() throws UnavailableException {
    try {
      jdbi.useTransaction(
          handle -> {
            lock(handle);
            handle.execute("UPDATE projection SET cluster = NULL");
            for (String table : TABLES) {
              handle.execute("DELETE FROM " + table);
            }
          });
    } catch (JdbiException e) {
      throw unavailable("clearing the state", e);
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
