package io.oci2wasm.gateway.state.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.batch.BatchCountsCheck;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.conversion.HistoryEntry;
import io.oci2wasm.gateway.state.lease.Leases;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Databases of other versions keep their rows, and get the tables of this one. */
@SuppressWarnings("NullAway.Init") // the set-up sets the field
class SchemaTest {
  private final DatabaseConfig config = TestDatabase.newConfig();
  private Handle handle;

  @BeforeEach
  void open() {
    handle = Jdbi.open(config.effectiveUrl(), Objects.requireNonNullElse(config.user(), ""), "");
    dropAll();
  }

  @AfterEach
  void close() {
    dropAll();
    handle.close();
  }

  private void dropAll() {
    handle
        .createQuery(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE"
                + " '%_state_%'")
        .mapTo(String.class)
        .list()
        .forEach(name -> handle.execute("DROP SCHEMA \"" + name + "\" CASCADE"));
    for (Schema schema : List.of(Schema.STATE, Schema.OWN, new Schema("sample"))) {
      handle.execute("DROP TABLE IF EXISTS " + String.join(", ", schema.tables()));
    }
    handle.execute("DROP TABLE IF EXISTS schema_version");
  }

  private void released(int version) throws Exception {
    try (InputStream script =
        Objects.requireNonNull(SchemaTest.class.getResourceAsStream("/state/released-0.1.sql"))) {
      String type = Schema.isPostgres(handle) ? " BYTEA" : " BLOB";
      String sql = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      try (var statements = handle.createScript(sql.replace(" BYTES", type))) {
        statements.execute();
      }
    }
    handle.execute("CREATE TABLE projection (schema_version INTEGER NOT NULL, cluster VARCHAR)");
    handle.execute("INSERT INTO projection VALUES (?, 'cluster-1')", version);
    handle.execute("INSERT INTO consumed VALUES ('topic', 0, 17)");
    handle.execute(
        "INSERT INTO request VALUES ('r1', 'push', 'distribution', 'registry.example', 'a/b', 'v1',"
            + " NULL, 1, TRUE, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)");
    handle.execute(
        "INSERT INTO conversion (id, request_id, shown, lane, registry, repository, tag,"
            + " state, queued_at, updated_at) VALUES ('r1', 'r1', TRUE, 'push',"
            + " 'registry.example', 'a/b', 'v1', 'queued', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)");
    handle.execute(
        "INSERT INTO history VALUES"
            + " ('r1', CURRENT_TIMESTAMP, 'queued', 'gateway', 1, '', 'r1', NULL, NULL)");
    handle.execute("INSERT INTO gc_run VALUES ('run-1', TRUE, CURRENT_TIMESTAMP, '{}')");
    handle.execute(
        "INSERT INTO lease VALUES ('gc', 'gateway-1', ?)",
        OffsetDateTime.now(ZoneOffset.UTC).plusHours(1));
  }

  private int count(String table) {
    return handle.createQuery("SELECT COUNT(*) FROM " + table).mapTo(Integer.class).one();
  }

  @Test
  void shouldUpgradeADatabaseOfTheFirstReleaseWithItsRows() throws Exception {
    released(4);

    try (StateDatabase database = StateDatabase.open(config)) {
      assertThat(new ConversionReader(database).find("r1")).isPresent();
      assertThat(new Leases(database).lease("gc", "gateway-2", Duration.ofHours(1))).isFalse();
    }
    assertThat(List.of("request", "conversion", "history", "consumed", "gc_run"))
        .allSatisfy(table -> assertThat(count(table)).as(table).isEqualTo(1));
    assertThat(Schema.STATE.version(handle)).isEqualTo(Schema.STATE.latest());
    assertThat(Schema.OWN.version(handle)).isEqualTo(Schema.OWN.latest());
  }

  /** The first release called it building from the moment on in which it waited to be built. */
  @Test
  void shouldTellWaitingFromWorkInRowsOfTheFirstRelease() throws Exception {
    released(4);
    conversion(
        "r2", "building", List.of("queued gateway 1", "ingesting ingest 2", "building build 1"));
    conversion("r3", "failed", List.of("ingesting ingest 1", "failed resolve 1"));

    try (StateDatabase database = StateDatabase.open(config)) {
      ConversionReader view = new ConversionReader(database);
      Conversion waiting = view.find("r2").orElseThrow();
      Conversion failed = view.find("r3").orElseThrow();

      assertThat(waiting.status().state()).isEqualTo(ConversionState.QUEUED);
      assertThat(waiting.status().stage()).isEqualTo(Stage.BUILD);
      assertThat(waiting.times().since()).isEqualTo(SampleRequest.time(2));
      assertThat(waiting.history())
          .extracting(HistoryEntry::state, HistoryEntry::stage)
          .containsExactly(
              tuple(ConversionState.QUEUED, Stage.INGEST),
              tuple(ConversionState.QUEUED, Stage.INGEST),
              tuple(ConversionState.QUEUED, Stage.BUILD));
      assertThat(failed.status().state()).isEqualTo(ConversionState.FAILED);
      assertThat(failed.status().stage()).isEqualTo(Stage.RESOLVE);
      assertThat(failed.times().workedMs()).isNull();
      assertThat(failed.history())
          .extracting(HistoryEntry::state)
          .containsExactly(ConversionState.INGESTING, ConversionState.FAILED);
    }
  }

  @Test
  void shouldCountTheImagesOfBatchesThatAreThere() throws Exception {
    released(4);
    handle.execute("INSERT INTO batch (id, entries) VALUES ('b1', 3)");
    for (String image : List.of("1 waiting 0", "2 built 2", "3 built 1")) {
      String[] words = image.split(" ", -1);
      handle.execute(
          "INSERT INTO batch_entry (request_id, batch_id, registry, repository, state,"
              + " platforms_running, platforms_built, platforms_reused, platforms_skipped,"
              + " platforms_failed) VALUES (?, 'b1', 'registry.example', 'a/b', ?, 0, ?, 0, 0, 0)",
          words[0],
          words[1],
          Integer.parseInt(words[2]));
    }

    try (StateDatabase database = StateDatabase.open(config)) {
      BatchCountsCheck.assertKept(database);
    }
    assertThat(count("batch_count")).isEqualTo(2);
    assertThat(count("batch_count WHERE state = 'built' AND images = 2 AND platforms_built = 3"))
        .isEqualTo(1);
  }

  @Test
  void shouldNameTheBatchesOfConversionsThatAreThere() throws Exception {
    released(4);
    conversion("r2", "built", List.of("built build 1"));
    handle.execute(
        "INSERT INTO batch_entry (request_id, batch_id, registry, repository, state,"
            + " platforms_running, platforms_built, platforms_reused, platforms_skipped,"
            + " platforms_failed) VALUES ('r2', 'b1', 'registry.example', 'a/b', 'built', 0, 1, 0,"
            + " 0, 0)");

    try (StateDatabase database = StateDatabase.open(config)) {
      ConversionFilter batch = new ConversionFilter(null, null, null, null, null, "b1");
      assertThat(new ConversionReader(database).list(batch, 9, null).items())
          .extracting(Conversion::id)
          .containsExactly("r2");
    }
  }

  @Test
  void shouldLengthenIdsOfConversionsThatMightMeet() throws Exception {
    released(4);
    String request = "0".repeat(32);
    String digest = SampleRequest.digest("one").hex();
    String id = request + "-" + digest;
    conversion("r4", "built", List.of("building build 1", "built build 1"));
    handle.execute(
        "UPDATE conversion SET id = ?, request_id = ?, manifest_digest = ? WHERE id = 'r4'",
        id.substring(0, 45),
        request,
        "sha256:" + digest);
    handle.execute("UPDATE history SET id = ? WHERE id = 'r4'", id.substring(0, 45));

    try (StateDatabase database = StateDatabase.open(config)) {
      Conversion found = new ConversionReader(database).find(id).orElseThrow();

      assertThat(found.id()).isEqualTo(id);
      assertThat(found.history()).hasSize(2);
    }
  }

  /** A gateway of the first release goes on beside this one. */
  @Test
  void shouldReadRowsThatAnOlderGatewayWritesMeanwhile() throws Exception {
    released(4);
    try (StateDatabase database = StateDatabase.open(config)) {
      conversion("r2", "building", List.of("building build 1"));

      Conversion found = new ConversionReader(database).find("r2").orElseThrow();

      assertThat(found.status().stage()).isEqualTo(Stage.BUILD);
      assertThat(found.times().since()).isEqualTo(found.times().updatedAt());
    }
  }

  /** One second lies between the entries: state, stage and attempt. */
  private void conversion(String id, String state, List<String> history) {
    handle.execute(
        "INSERT INTO conversion (id, request_id, shown, lane, registry, repository, tag, state,"
            + " queued_at, updated_at) VALUES (?, ?, TRUE, 'push', 'registry.example', 'a/b', 'v1',"
            + " ?, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
        id,
        id,
        state);
    for (int i = 0; i < history.size(); i++) {
      String[] words = history.get(i).split(" ", -1);
      handle.execute(
          "INSERT INTO history VALUES (?, ?, ?, ?, ?, '', ?, NULL, NULL)",
          id,
          SampleRequest.time(i).atOffset(ZoneOffset.UTC),
          words[0],
          words[1],
          Integer.parseInt(words[2]),
          id);
    }
  }

  @Test
  void shouldMakeTablesAnewThatNoReleaseMade() throws Exception {
    released(3);

    try (StateDatabase database = StateDatabase.open(config)) {
      assertThat(new ConversionReader(database).find("r1")).isEmpty();
    }
    assertThat(count("projection WHERE cluster IS NULL")).isEqualTo(1);
  }

  @Test
  void shouldKeepWhatNoTopicTellsWhenTheStateIsComputedAnew() throws Exception {
    released(4);

    try (StateDatabase database = StateDatabase.open(config)) {
      database.clear();

      assertThat(new ConversionReader(database).find("r1")).isEmpty();
      assertThat(new Leases(database).lease("gc", "gateway-2", Duration.ofHours(1))).isFalse();
    }
    assertThat(count("gc_run")).isEqualTo(1);
    assertThat(count("consumed")).isZero();
  }

  /** H2 commits after every change of a table: a crash leaves some of a file's done. */
  @Test
  void shouldTakeEveryChangeASecondTime() throws Exception {
    released(4);
    for (Schema schema : List.of(Schema.OWN, Schema.STATE)) {
      schema.bringUpToDate(handle);
      handle.execute("DELETE FROM schema_version");

      schema.bringUpToDate(handle);

      assertThat(schema.version(handle)).isEqualTo(schema.latest());
    }
    assertThat(count("request")).isEqualTo(1);
  }

  /** What the shorter one finds the longer one finds, too. */
  @Test
  void shouldHaveNoIndexThatIsTheBeginningOfAnother() throws Exception {
    Schema.STATE.bringUpToDate(handle);
    Schema.STATE.dropReadersIndexes(handle);
    Schema.STATE.makeReadersIndexes(handle);

    assertThat(columnsOfIndexes("conversion"))
        .containsKeys("conversion_shown_of_state", "conversion_shown_of_repository")
        .doesNotContainKeys("conversion_state", "conversion_repository");
    for (String table : Schema.STATE.tables()) {
      Map<String, String> columns = columnsOfIndexes(table);
      columns.forEach(
          (name, some) ->
              assertThat(columns)
                  .as("%s %s", name, some)
                  .allSatisfy(
                      (other, all) ->
                          assertThat(other.equals(name) || !all.startsWith(some)).isTrue()));
    }
  }

  @Test
  void shouldLeaveOnlyTheWritersIndexesWhileTablesAreFilled() throws Exception {
    Schema.STATE.bringUpToDate(handle);
    Schema.STATE.dropReadersIndexes(handle);

    Set<String> left = new HashSet<>();
    for (String table : Schema.STATE.tables()) {
      left.addAll(columnsOfIndexes(table).keySet());
    }
    left.removeIf(name -> name.startsWith("primary_key") || name.endsWith("_pkey"));
    assertThat(left).isEqualTo(Schema.WRITERS_INDEXES);
  }

  private Map<String, String> columnsOfIndexes(String table) throws SQLException {
    Map<String, String> columns = new HashMap<>();
    DatabaseMetaData data = handle.getConnection().getMetaData();
    String name = data.storesUpperCaseIdentifiers() ? table.toUpperCase(Locale.ROOT) : table;
    try (ResultSet rows =
        data.getIndexInfo(null, handle.getConnection().getSchema(), name, false, true)) {
      while (rows.next()) {
        columns.merge(
            rows.getString("INDEX_NAME").toLowerCase(Locale.ROOT),
            rows.getString("COLUMN_NAME") + ",",
            String::concat);
      }
    }
    return columns;
  }

  @Test
  void shouldMakeOnlyChangesThatADatabaseHasNotSeen() {
    Schema schema = new Schema("sample");
    schema.version(handle);
    handle.execute("CREATE TABLE sample_a (id INTEGER NOT NULL PRIMARY KEY)");
    handle.execute("INSERT INTO sample_a VALUES (1)");
    handle.execute("INSERT INTO schema_version VALUES ('sample', 1)");

    boolean recompute = schema.bringUpToDate(handle);

    assertThat(recompute).isTrue();
    assertThat(schema.tables()).containsExactly("sample_a", "sample_b");
    assertThat(handle.createQuery("SELECT colour FROM sample_a").mapTo(String.class).list())
        .containsExactly("red");
    assertThat(schema.bringUpToDate(handle)).isFalse();
  }

  @Test
  void shouldComputeNothingAnewInAnEmptyDatabase() {
    assertThat(new Schema("sample").bringUpToDate(handle)).isFalse();
  }

  @Test
  void shouldLeaveADatabaseOfANewerProgramAsItIs() throws Exception {
    released(4);
    Schema.STATE.bringUpToDate(handle);
    int newer = Schema.STATE.latest() + 1;
    handle.execute("UPDATE schema_version SET version = ?", newer);

    try (StateDatabase database = StateDatabase.open(config)) {
      assertThat(new ConversionReader(database).find("r1")).isPresent();
    }
    assertThat(Schema.STATE.version(handle)).isEqualTo(newer);
  }
}
