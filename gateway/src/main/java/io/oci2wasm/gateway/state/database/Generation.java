package io.oci2wasm.gateway.state.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.config.SecretFile;
import java.time.Duration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Connections to one set of the tables that are computed from the topics. Set 0 lies where the
 * database's user makes tables. Set N has an SQL schema of its own, and its connections find the
 * tables of {@link Schema#OWN} too.
 */
final class Generation implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(10);

  /** Of all gateways that open one PostgreSQL one changes its tables. */
  private static final long SCHEMA_LOCK = 0x6f636932_7761736dL;

  /** Taking in many records, or making an index, takes longer than the two seconds of H2. */
  private static final String H2_INIT = "SET LOCK_TIMEOUT 60000";

  private final int number;
  private final HikariDataSource pool;
  private final Jdbi jdbi;
  private volatile boolean ofNewerProgram;

  private Generation(int number, HikariDataSource pool) {
    this.number = number;
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
    ColumnValues values = new ColumnValues();
    jdbi.registerArgument(values);
    jdbi.registerColumnMapper(values);
  }

  /**
   * Connects to set 0.
   *
   * @throws UnavailableException if the database cannot be reached or opened
   */
  static Generation first(DatabaseConfig config) throws UnavailableException {
    return connect(config, settings(config), 0);
  }

  /**
   * Connects to a set whose SQL schema exists.
   *
   * @param base the SQL schema of set 0
   * @throws UnavailableException if the database cannot be reached or opened
   */
  static Generation open(DatabaseConfig config, String base, int number)
      throws UnavailableException {
    HikariConfig settings = settings(config);
    if (number > 0) {
      String own = Generations.schema(base, number);
      String path = own + ", " + Generations.quoted(base);
      settings.setConnectionInitSql(
          isH2(config)
              ? H2_INIT + "; SET SCHEMA " + own + "; SET SCHEMA_SEARCH_PATH " + path
              : "SET search_path TO " + path);
    }
    return connect(config, settings, number);
  }

  private static boolean isH2(DatabaseConfig config) {
    return config.effectiveUrl().startsWith("jdbc:h2:");
  }

  private static HikariConfig settings(DatabaseConfig config) {
    HikariConfig settings = new HikariConfig();
    settings.setPoolName("state");
    settings.setJdbcUrl(config.effectiveUrl());
    settings.setMaximumPoolSize(config.connections());
    settings.setMinimumIdle(1);
    if (isH2(config)) {
      settings.setConnectionInitSql(H2_INIT);
    }
    settings.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    settings.setInitializationFailTimeout(CONNECT_TIMEOUT.toMillis());
    if (config.user() != null) {
      settings.setUsername(config.user());
    }
    if (config.passwordFile() != null) {
      settings.setPassword(SecretFile.read(config.passwordFile()));
    }
    return settings;
  }

  private static Generation connect(DatabaseConfig config, HikariConfig settings, int number)
      throws UnavailableException {
    try {
      return new Generation(number, new HikariDataSource(settings));
    } catch (PoolInitializationException e) {
      throw new UnavailableException("opening " + config + ": " + StateDatabase.rootMessage(e), e);
    }
  }

  int number() {
    return number;
  }

  Jdbi jdbi() {
    return jdbi;
  }

  /** Whether it has columns that this program does not know, and would leave empty. */
  boolean isOfNewerProgram() {
    return ofNewerProgram;
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
      throw StateDatabase.unavailable(doing, e);
    }
  }

  /** Until the transaction ends nobody else changes tables. */
  static void lockSchema(Handle handle) {
    if (Schema.isPostgres(handle)) {
      handle.execute("SELECT pg_advisory_xact_lock(?)", SCHEMA_LOCK);
    }
  }

  /**
   * Gives the tables the columns that this program knows.
   *
   * @return whether rows that are there are to be computed anew
   */
  boolean bringUpToDate(Handle handle) {
    boolean recompute = Schema.STATE.bringUpToDate(handle);
    ofNewerProgram = Schema.STATE.version(handle) > Schema.STATE.latest();
    return recompute;
  }

  /** It is no longer needed, but by those who read from it at this moment. */
  void retire() {
    pool.setIdleTimeout(IDLE_TIMEOUT.toMillis());
    pool.setMinimumIdle(0);
  }

  @Override
  public void close() {
    pool.close();
  }
}
