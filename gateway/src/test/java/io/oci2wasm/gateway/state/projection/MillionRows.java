package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TestDatabase;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Fills a database with rows as a year of pushes leaves them: requests with one or two platforms,
 * most built, some failed, few at work. By SQL, in a fraction of the time that events would take.
 */
final class MillionRows {
  /** In steps of this many requests, each a transaction. */
  private static final int AT_ONCE = 10_000;

  private static final int REPOSITORIES = 2000;
  private static final int BATCHES = 100;

  /** Of H2, in kB; it keeps what it was told last, so that is what a gateway with 512 MB has. */
  private static final int USUAL_CACHE = 32 << 10;

  private static final int FILLING_CACHE = 1 << 20;

  /** The number of the change of the schema that counts the images of batches. */
  private static final int COUNTED_BY = 14;

  private static final int SECONDS_APART = 30;

  /** A dead letter's, of 2 kB. */
  private static final String RECORD =
      "('{\"headers\":[],\"value\":\"' || REPEAT('eHh4', 500) || '\"}')";

  /** The keys of the large tables: sorted once they are built sooner than row by row. */
  private static final Map<String, String> KEYS =
      Map.of(
          "request", "id",
          "conversion", "id",
          "history", "id, occurred_at, state, stage, attempt, dead_letter",
          "batch_entry", "request_id");

  /** What is built sooner from all rows, too, though it stays while a gateway fills its tables. */
  private static final List<String> INDEXES =
      List.of(
          "request_image",
          "conversion_request",
          "history_request",
          "batch_entry_state",
          "batch_entry_image");

  private final boolean postgres;

  private MillionRows(Jdbi jdbi) {
    this.postgres = jdbi.withHandle(TestDatabase::isPostgres);
  }

  /** Adds {@code conversions} that are shown, and what belongs to them. */
  static void fill(StateDatabase database, int conversions) {
    Jdbi jdbi = TestDatabase.jdbi(database);
    MillionRows rows = new MillionRows(jdbi);
    rows.cache(jdbi, FILLING_CACHE);
    rows.fill(jdbi, conversions);
    rows.cache(jdbi, USUAL_CACHE);
  }

  /** H2 else reads what it has written again and again. */
  private void cache(Jdbi jdbi, int kilobytes) {
    if (!postgres) {
      jdbi.useHandle(handle -> handle.execute("SET CACHE_SIZE " + kilobytes));
    }
  }

  private void fill(Jdbi jdbi, int conversions) {
    jdbi.useHandle(StateDatabase::dropReadersIndexes);
    KEYS.keySet().forEach(table -> jdbi.useHandle(handle -> dropKey(handle, table)));
    INDEXES.forEach(
        index -> jdbi.useHandle(handle -> handle.execute("DROP INDEX IF EXISTS " + index)));
    // Every twentieth request has two platforms.
    int requests = (int) (conversions * 20L / 21);
    inSteps(jdbi, requests, this::statements);
    inSteps(jdbi, conversions, series -> List.of(images(series)));
    jdbi.useTransaction(handle -> others(handle, conversions));
    jdbi.useHandle(
        handle ->
            handle.execute(
                "INSERT INTO repository (name) SELECT DISTINCT repository FROM request"));
    KEYS.forEach(
        (table, columns) ->
            jdbi.useHandle(
                handle ->
                    handle.execute("ALTER TABLE " + table + " ADD PRIMARY KEY (" + columns + ")")));
    jdbi.useHandle(StateDatabase::makeReadersIndexes);
    // By the statement of the schema that does so.
    jdbi.useTransaction(handle -> StateDatabase.changeSince(handle, COUNTED_BY - 1));
    jdbi.useHandle(handle -> handle.execute(postgres ? "ANALYZE" : "ANALYZE SAMPLE_SIZE 10000"));
  }

  private void dropKey(Handle handle, String table) {
    handle.execute(
        "ALTER TABLE "
            + table
            + (postgres ? " DROP CONSTRAINT " + table + "_pkey" : " DROP PRIMARY KEY"));
  }

  private void inSteps(Jdbi jdbi, int all, Function<String, List<String>> statements) {
    for (int from = 1; from <= all; from += AT_ONCE) {
      String series = series(from, Math.min(all, from + AT_ONCE - 1));
      jdbi.useTransaction(handle -> statements.apply(series).forEach(handle::execute));
    }
  }

  private String series(int from, int to) {
    return postgres
        ? "generate_series(CAST(%d AS BIGINT), %d) AS s(i)".formatted(from, to)
        : "(SELECT X AS i FROM SYSTEM_RANGE(%d, %d)) AS s".formatted(from, to);
  }

  /**
   * Digits in no order, another number for each {@code i}, as an id or digest has them.
   *
   * @param kind one to four letters from a to f: two kinds have nothing in common
   */
  private static String hex(String kind, String i, int length) {
    return "RPAD(CAST(MOD((%s) * 2654435761, 4294967296) AS VARCHAR) || '%s', %d, '0')"
        .formatted(i, kind, length);
  }

  private static String id(String kind, String i) {
    return hex(kind, i, 32);
  }

  private String ago(String seconds) {
    return postgres
        ? "(CURRENT_TIMESTAMP - (" + seconds + ") * INTERVAL '1 second')"
        : "DATEADD(SECOND, -(" + seconds + "), CURRENT_TIMESTAMP)";
  }

  private String queued(int later) {
    return ago("i * %d - %d".formatted(SECONDS_APART, later));
  }

  private static String digest(String kind, String i) {
    return "'sha256:' || " + hex(kind, i, 64);
  }

  private static String repository() {
    return "CASE WHEN MOD(i, 200000) = 150000 THEN 'rare/image' ELSE 'team' || MOD(i, 40) || '/app'"
        + " || MOD(i * 7919, "
        + REPOSITORIES
        + ") END";
  }

  private static String registry() {
    return "CASE WHEN MOD(i, 10) = 0 THEN 'mirror.example' ELSE 'registry.example:5000' END";
  }

  /** Half of the images are of one batch, the newest. */
  private static String batch() {
    return id(
        "bb", "CASE WHEN MOD(i, 2) = 0 THEN 1 ELSE 2 + MOD(i / 2, %d) END".formatted(BATCHES - 1));
  }

  private static String tag() {
    return "'1.' || MOD(i, 5000)";
  }

  /** The newest are at work, then come those that ended. */
  private static String state() {
    return "CASE WHEN i <= 40 THEN 'building' WHEN i <= 1000 THEN 'queued'"
        + " WHEN MOD(i, 50) = 7 THEN 'failed' WHEN MOD(i, 25) = 8 THEN 'skipped'"
        + " WHEN MOD(i, 25) = 9 THEN 'removed' ELSE 'built' END";
  }

  private static String reason() {
    return "CASE WHEN i <= 1000 THEN NULL WHEN MOD(i, 50) = 7 THEN CASE WHEN MOD(i, 100) = 7 THEN"
        + " 'not-found' ELSE 'internal' END WHEN MOD(i, 25) = 8 THEN 'no-engine' END";
  }

  private static String stage() {
    return "CASE WHEN MOD(i, 300000) = 250000 THEN 'ingest' WHEN MOD(i, 25) = 8 THEN 'resolve'"
        + " ELSE 'build' END";
  }

  private List<String> statements(String series) {
    String id = id("a", "i");
    return List.of(
        """
        INSERT INTO request (id, lane, sender, registry, repository, tag, digest, outcomes, ended,
          queued_at, updated_at, fetched_bytes)
        SELECT %s, 'push', CASE WHEN MOD(i, 3) = 0 THEN 'harbor' ELSE 'distribution' END, %s, %s,
          %s, %s, 1, i > 1000, %s, %s, 1000000 FROM %s
        """
            .formatted(
                id,
                registry(),
                repository(),
                tag(),
                digest("d", "i"),
                queued(0),
                queued(20),
                series),
        conversion(series, id, "FALSE", "NULL", "'resolving'", "'resolve'", "TRUE"),
        conversion(
            series,
            id + " || '-' || " + hex("e", "i", 64),
            "TRUE",
            "'linux/amd64'",
            state(),
            stage(),
            "TRUE"),
        conversion(
            series,
            id + " || '-' || " + hex("ee", "i", 64),
            "TRUE",
            "'linux/riscv64'",
            state(),
            stage(),
            "MOD(i, 20) = 0"),
        history(series, id, platform(id), "queued", "build", 7),
        history(series, id, platform(id), "built", "build", 20));
  }

  private String platform(String id) {
    return id + " || '-' || " + hex("e", "i", 64);
  }

  private String conversion(
      String series,
      String id,
      String shown,
      String platform,
      String state,
      String stage,
      String where) {
    return """
    INSERT INTO conversion (id, request_id, shown, lane, registry, repository, tag, digest,
      platform, manifest_digest, state, conversion_id, reused, layer_count, layers_converted,
      reason, message, queued_at, updated_at, stage, since, waited_ms, worked_ms, recipe_digest,
      recipe_size, batch_id)
    SELECT %s, %s, %s, 'push', %s, %s, %s, %s, %s, %s, %s, %s, FALSE, 5, 1, %s,
      'a message of some length, as a failure leaves it', %s, %s, %s, %s, 100, 1000, %s, 2000, %s
    FROM %s WHERE %s
    """
        .formatted(
            id,
            id("a", "i"),
            shown,
            registry(),
            repository(),
            tag(),
            digest("d", "i"),
            platform,
            digest("e", "MOD(i, 700000)"),
            state,
            hex("c", "MOD(i, 700000)", 64),
            reason(),
            queued(0),
            queued(20),
            stage,
            queued(20),
            digest("b", "i"),
            batch(),
            series,
            where);
  }

  private String history(
      String series, String request, String id, String state, String stage, int later) {
    return """
    INSERT INTO history (id, occurred_at, state, stage, attempt, dead_letter, request_id)
    SELECT %s, %s, '%s', '%s', 1, '', %s FROM %s
    """
        .formatted(id, queued(later), state, stage, request, series);
  }

  /** Of a million: 20,000 dead letters, a quarter of them open; 100 batches. */
  private void others(Handle handle, int conversions) {
    String letters = series(1, conversions / 50);
    handle.execute(
        """
        INSERT INTO dead_letter (id, source, stage, lane, request_id, registry, repository, tag,
          digest, reason, message, attempts, first_failed_at, dead_at, origin_topic,
          origin_partition, origin_offset, record)
        SELECT %s, 'pipeline', CASE WHEN MOD(i, 2) = 0 THEN 'ingest' ELSE 'build' END, 'push', %s,
          %s, %s, %s, %s, CASE WHEN MOD(i, 3) = 0 THEN 'not-found' ELSE 'internal' END,
          'a message', 1, %s, %s, 'topic', 0, i, %s FROM %s
        """
            .formatted(
                id("f", "i"),
                id("a", "i * 47"),
                registry(),
                repository(),
                tag(),
                digest("d", "i"),
                ago("i * 1500"),
                ago("i * 1500"),
                postgres ? "CONVERT_TO(" + RECORD + ", 'UTF8')" : "STRINGTOUTF8(" + RECORD + ")",
                letters));
    handle.execute(
        "INSERT INTO replay (dead_letter, replayed_at) SELECT %s, %s FROM %s WHERE MOD(i, 4) <> 0"
            .formatted(id("f", "i"), ago("i * 1500 - 60"), letters));
    String images =
        "CASE WHEN i = 1 THEN %d ELSE %d END"
            .formatted(conversions / 2, conversions / 2 / (BATCHES - 1));
    handle.execute(
        """
        INSERT INTO batch (id, kind, registry, requested, requested_at, listed_at, listed_entries,
          entries)
        SELECT %s, 'reconvert', 'registry.example:5000',
          '{"batchId":"' || %s || '","kind":"reconvert","registry":"registry.example:5000"'
            || ',"requestedAt":"2026-01-01T00:00:00Z"}', %s, %s, %s, %s FROM %s
        """
            .formatted(
                id("bb", "i"),
                id("bb", "i"),
                ago("i * 100000"),
                ago("i * 100000"),
                images,
                images,
                series(1, BATCHES)));
    handle.execute(
        "INSERT INTO bundle_removal (conversion_id, removed_at, rule) SELECT %s, %s, 'unused' FROM %s"
            .formatted(hex("c", "i", 64), ago("i * 600"), series(1, conversions / 25)));
  }

  /** Of a million: 500,000 of the newest batch, 5,000 of each other. Some of that wait and run. */
  private String images(String series) {
    String state =
        "CASE WHEN MOD(i, %d) = 0 AND i < 50000 THEN CASE WHEN i < 2000 THEN 'running' ELSE 'waiting' END"
                .formatted(BATCHES)
            + " WHEN MOD(i, 50) = 7 THEN 'failed' WHEN MOD(i, 3) = 1 THEN 'reused' ELSE 'built'"
            + " END";
    return """
    INSERT INTO batch_entry (request_id, batch_id, registry, repository, tag, digest, state,
      ended_at, platforms_running, platforms_built, platforms_reused, platforms_skipped,
      platforms_failed)
    SELECT id, batch, registry, repository, tag, digest, state,
      CASE WHEN state IN ('running', 'waiting') THEN NULL ELSE ended END, 0,
      CASE WHEN state = 'built' THEN 1 ELSE 0 END, CASE WHEN state = 'reused' THEN 1 ELSE 0 END, 0,
      CASE WHEN state = 'failed' THEN 1 ELSE 0 END
    FROM (SELECT %s AS id, %s AS batch, %s AS registry, %s AS repository, %s AS tag, %s AS digest,
      %s AS state, %s AS ended FROM %s) AS image
    """
        .formatted(
            id("a", "i"),
            batch(),
            registry(),
            repository(),
            tag(),
            digest("d", "i"),
            state,
            ago("i * 10"),
            series);
  }
}
