package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TestDatabase;
import java.util.List;
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
  private static final int SECONDS_APART = 30;

  /** A dead letter's, of 2 kB. */
  private static final String RECORD =
      "('{\"headers\":[],\"value\":\"' || REPEAT('eHh4', 500) || '\"}')";

  private final boolean postgres;

  private MillionRows(Jdbi jdbi) {
    this.postgres = jdbi.withHandle(TestDatabase::isPostgres);
  }

  /** Adds {@code conversions} that are shown, and what belongs to them. */
  static void fill(StateDatabase database, int conversions) {
    Jdbi jdbi = TestDatabase.jdbi(database);
    MillionRows rows = new MillionRows(jdbi);
    jdbi.useHandle(StateDatabase::dropReadersIndexes);
    // Every twentieth request has two platforms.
    int requests = (int) (conversions * 20L / 21);
    for (int from = 1; from <= requests; from += AT_ONCE) {
      String series = rows.series(from, Math.min(requests, from + AT_ONCE - 1));
      jdbi.useTransaction(handle -> rows.statements(series).forEach(handle::execute));
    }
    jdbi.useTransaction(handle -> rows.others(handle, conversions));
    jdbi.useHandle(
        handle ->
            handle.execute(
                "INSERT INTO repository (name) SELECT DISTINCT repository FROM request"));
    jdbi.useHandle(StateDatabase::makeReadersIndexes);
    jdbi.useHandle(
        handle -> handle.execute(rows.postgres ? "ANALYZE" : "ANALYZE SAMPLE_SIZE 10000"));
  }

  private String series(int from, int to) {
    return postgres
        ? "generate_series(%d, %d) AS s(i)".formatted(from, to)
        : "(SELECT X AS i FROM SYSTEM_RANGE(%d, %d)) AS s".formatted(from, to);
  }

  private String hash(String text) {
    return postgres
        ? "MD5(" + text + ")"
        : "LOWER(RAWTOHEX(HASH('MD5', CAST(" + text + " AS VARCHAR))))";
  }

  private String ago(String seconds) {
    return postgres
        ? "(CURRENT_TIMESTAMP - (" + seconds + ") * INTERVAL '1 second')"
        : "DATEADD(SECOND, -(" + seconds + "), CURRENT_TIMESTAMP)";
  }

  private String queued(int later) {
    return ago("i * %d - %d".formatted(SECONDS_APART, later));
  }

  private String digest(String text) {
    return "'sha256:' || " + hash(text) + " || " + hash(text + " || 'x'");
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
    String id = hash("'r' || i");
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
                digest("'d' || i"),
                queued(0),
                queued(20),
                series),
        conversion(series, id, "FALSE", "NULL", "'resolving'", "'resolve'", "TRUE"),
        conversion(
            series,
            id + " || '-' || " + hash("'m' || i") + " || " + hash("'m' || i"),
            "TRUE",
            "'linux/amd64'",
            state(),
            stage(),
            "TRUE"),
        conversion(
            series,
            id + " || '-' || " + hash("'n' || i") + " || " + hash("'n' || i"),
            "TRUE",
            "'linux/riscv64'",
            state(),
            stage(),
            "MOD(i, 20) = 0"),
        history(series, id, id, "queued", "ingest", 0),
        history(series, id, platform(id), "queued", "build", 7),
        history(series, id, platform(id), "building", "build", 9),
        history(series, id, platform(id), "built", "build", 20));
  }

  private String platform(String id) {
    return id + " || '-' || " + hash("'m' || i") + " || " + hash("'m' || i");
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
          recipe_size)
        SELECT %s, %s, %s, 'push', %s, %s, %s, %s, %s, %s, %s, %s, FALSE, 5, 1, %s,
          'a message of some length, as a failure leaves it', %s, %s, %s, %s, 100, 1000, %s, 2000
        FROM %s WHERE %s
        """
        .formatted(
            id,
            hash("'r' || i"),
            shown,
            registry(),
            repository(),
            tag(),
            digest("'d' || i"),
            platform,
            digest("'m' || MOD(i, 700000)"),
            state,
            hash("'c' || MOD(i, 700000)") + " || " + hash("'c' || MOD(i, 700000)"),
            reason(),
            queued(0),
            queued(20),
            stage,
            queued(20),
            digest("'b' || i"),
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

  /** Of a million: 20,000 dead letters, a quarter of them open; 200 batches of 1000 images. */
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
                hash("'l' || i"),
                hash("'r' || (i * 47)"),
                registry(),
                repository(),
                tag(),
                digest("'d' || i"),
                ago("i * 1500"),
                ago("i * 1500"),
                postgres ? "CONVERT_TO(" + RECORD + ", 'UTF8')" : "STRINGTOUTF8(" + RECORD + ")",
                letters));
    handle.execute(
        "INSERT INTO replay (dead_letter, replayed_at) SELECT %s, %s FROM %s WHERE MOD(i, 4) <> 0"
            .formatted(hash("'l' || i"), ago("i * 1500 - 60"), letters));
    handle.execute(
        """
        INSERT INTO batch (id, kind, registry, requested, requested_at, listed_at, listed_entries,
          entries)
        SELECT %s, 'reconvert', 'registry.example:5000',
          '{"batchId":"' || %s || '","kind":"reconvert","registry":"registry.example:5000"'
            || ',"requestedAt":"2026-01-01T00:00:00Z"}', %s, %s, 1000, 1000 FROM %s
        """
            .formatted(
                hash("'b' || i"),
                hash("'b' || i"),
                ago("i * 100000"),
                ago("i * 100000"),
                series(1, 200)));
    handle.execute(
        """
        INSERT INTO batch_entry (request_id, batch_id, registry, repository, tag, digest, state,
          ended_at, platforms_running, platforms_built, platforms_reused, platforms_skipped,
          platforms_failed)
        SELECT %s, %s, %s, %s, %s, %s, 'built', %s, 0, 1, 0, 0, 0 FROM %s
        """
            .formatted(
                hash("'r' || (i * 4)"),
                hash("'b' || (1 + MOD(i, 200))"),
                registry(),
                repository(),
                tag(),
                digest("'d' || i"),
                ago("i * 120"),
                series(1, conversions / 5)));
    handle.execute(
        "INSERT INTO bundle_removal (conversion_id, removed_at, rule) SELECT %s, %s, 'unused' FROM %s"
            .formatted(
                hash("'c' || i") + " || " + hash("'c' || i"),
                ago("i * 600"),
                series(1, conversions / 25)));
  }
}
