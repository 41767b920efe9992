package io.oci2wasm.gateway.state.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleLetter;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchCountsCheck;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.snapshot.DamagedSnapshotException;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.gateway.state.snapshot.Snapshot;
import io.oci2wasm.gateway.state.snapshot.Snapshots;
import io.oci2wasm.runtime.event.OffsetRange;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.testsupport.SettableClock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A snapshot stands for records that the topics have lost, or for nothing. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class SnapshotsTest {
  private static final int REQUESTS = 12;
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final String[] TABLES = StateDatabase.computedTables().toArray(String[]::new);

  private static final SampleBatch BATCH = new SampleBatch(Kind.RECONVERT);

  private final SampleRecords records = new SampleRecords();
  private final MemorySnapshots store = new MemorySnapshots();
  private final Snapshots snapshots = new Snapshots(store);
  private TestState state;
  private StateDatabase database;
  private List<List<String>> rows;

  @BeforeEach
  void fill() throws Exception {
    state = TestState.open();
    database = state.database();
    for (int i = 0; i < REQUESTS; i++) {
      new SampleRequest("r" + i, i).everything().forEach(records::add);
    }
    for (TopicEvent event :
        List.of(BATCH.requested(), BATCH.entered("one"), BATCH.entered("two"), BATCH.listed(2))) {
      records.add(event, SampleRequest.time(0));
    }
    BATCH.request("one", 3).everything().forEach(records::add);
    readAll(projection());
    state.accept(
        SampleLetter.ofPush(new SampleRequest("r1", 1), SampleRequest.time(7)),
        Letter.Source.GATEWAY);
    rows = TestDatabase.rows(database, TABLES);
    assertThat(rows).filteredOn(table -> !table.isEmpty()).hasSizeGreaterThan(4);
  }

  @AfterEach
  void close() {
    state.close();
  }

  private StateProjection projection() {
    return new StateProjection(database, snapshots, touched -> {}, new SimpleMeterRegistry());
  }

  private void readAll(StateProjection projection) throws Exception {
    readAll(projection, records.available());
  }

  private void readAll(StateProjection projection, Map<Partition, OffsetRange> available)
      throws Exception {
    Map<Partition, Long> from = projection.positions(SampleRecords.CLUSTER, available);
    for (TopicBatch batch : records.batches(from, 10)) {
      projection.accept(batch);
    }
  }

  /** The topics without what lies before {@code offsets}. */
  private Map<Partition, OffsetRange> trimmed(Map<Partition, Long> offsets) {
    Map<Partition, OffsetRange> available = new HashMap<>(records.available());
    available.replaceAll(
        (one, range) -> new OffsetRange(offsets.getOrDefault(one, 0L), range.end()));
    return available;
  }

  private Map<Partition, OffsetRange> trimmedTo(String key) throws Exception {
    return trimmed(snapshots.check(key).offsets());
  }

  @Test
  void shouldStandForWhatTheTopicsHaveLost() throws Exception {
    String key = snapshots.write(database, NOW);
    Map<Partition, OffsetRange> trimmed = trimmedTo(key);
    database.clear();

    readAll(projection(), trimmed);

    assertThat(trimmed.values()).allMatch(range -> range.begin() > 0);
    assertThat(TestDatabase.rows(database, TABLES)).isEqualTo(rows);
    assertThat(database.filling()).isNull();
  }

  @Test
  void shouldReadOnFromItsOffsets() throws Exception {
    Map<Partition, OffsetRange> trimmed = trimmedTo(snapshots.write(database, NOW));
    SampleRequest late = new SampleRequest("late", 500);
    late.everything().forEach(records::add);
    readAll(projection());
    List<List<String>> all = TestDatabase.rows(database, TABLES);
    database.clear();
    Map<Partition, OffsetRange> longer = new HashMap<>(records.available());
    longer.replaceAll(
        (one, range) ->
            new OffsetRange(Objects.requireNonNull(trimmed.get(one)).begin(), range.end()));

    readAll(projection(), longer);

    assertThat(new ConversionReader(database).findRequest(late.id())).isPresent();
    assertThat(TestDatabase.rows(database, TABLES)).isEqualTo(all);
  }

  @Test
  void shouldHaveTheIndexesOfAnyOtherState() throws Exception {
    String indexes =
        "SELECT COUNT(*) FROM "
            + (database.read(TestDatabase::isPostgres)
                ? "pg_indexes WHERE schemaname = 'public'"
                : "information_schema.indexes");
    int before = count(indexes);
    Map<Partition, OffsetRange> trimmed = trimmedTo(snapshots.write(database, NOW));
    database.clear();

    readAll(projection(), trimmed);

    assertThat(count(indexes)).isEqualTo(before);
  }

  private int count(String sql) throws UnavailableException {
    return database.read(handle -> handle.createQuery(sql).mapTo(Integer.class).one());
  }

  @Test
  void shouldNotBeUsedWhereTheTopicsHaveAll() throws Exception {
    snapshots.write(database, NOW);
    store.keys().forEach(key -> store.change(key, bytes -> new byte[0]));
    database.clear();

    readAll(projection());

    assertThat(count("SELECT COUNT(*) FROM request")).isEqualTo(REQUESTS + 1);
  }

  @Test
  void shouldBeWhatARebuildBeginsWith() throws Exception {
    Map<Partition, OffsetRange> trimmed = trimmedTo(snapshots.write(database, NOW));
    database.rebuild();

    try (Rebuilder rebuilder =
        new Rebuilder(
            database,
            sink -> {
              Map<Partition, Long> from = sink.positions(SampleRecords.CLUSTER, trimmed);
              assertThat(from.values()).doesNotContain(0L);
              return () -> {};
            },
            snapshots,
            null,
            new SimpleMeterRegistry(),
            new SettableClock(NOW))) {
      rebuilder.step();
    }

    assertThat(database.upcoming()).isEmpty();
    assertThat(count("SELECT living FROM generation")).isEqualTo(1);
    assertThat(TestDatabase.rows(database, TABLES)).isEqualTo(rows);
  }

  /** Such as one that was brought back from a backup. */
  @Test
  void shouldReplaceADatabaseThatMissesWhatWasTrimmed() throws Exception {
    Map<Partition, OffsetRange> trimmed = trimmedTo(snapshots.write(database, NOW));
    int unused =
        database.alone(
            "test",
            handle ->
                handle.execute("DELETE FROM history")
                    + handle.execute("UPDATE consumed SET next_offset = 2"));

    readAll(projection(), trimmed);

    assertThat(TestDatabase.rows(database, TABLES)).isEqualTo(rows);
  }

  @Test
  void shouldShowWhatIsLeftWhereThereIsNone() throws Exception {
    Map<Partition, OffsetRange> half = new HashMap<>(records.available());
    half.replaceAll((one, range) -> new OffsetRange(range.end() / 2, range.end()));
    database.clear();

    readAll(projection(), half);

    assertThat(count("SELECT COUNT(*) FROM request")).isBetween(1, REQUESTS + 1);
  }

  private void refuses(String key, String... words) throws Exception {
    assertThatThrownBy(() -> snapshots.check(key))
        .isInstanceOf(DamagedSnapshotException.class)
        .hasMessageContainingAll(words)
        .hasMessageContaining(key);
    Map<Partition, OffsetRange> trimmed = new HashMap<>(records.available());
    trimmed.replaceAll((one, range) -> new OffsetRange(1, range.end()));
    database.clear();
    assertThatThrownBy(() -> readAll(projection(), trimmed))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(key)
        .hasMessageContaining("remove these objects");
    assertThat(count("SELECT COUNT(*) FROM request")).isZero();
    assertThat(count("SELECT COUNT(*) FROM consumed")).isZero();
  }

  @Test
  void shouldBeRefusedWithAnyOtherBytes() throws Exception {
    String key = snapshots.write(database, NOW);
    byte[] whole = store.bytes(key);

    for (int at : new int[] {0, 12, whole.length / 2, whole.length - 6}) {
      store.change(
          key,
          bytes -> {
            System.arraycopy(whole, 0, bytes, 0, whole.length);
            bytes[at] = (byte) (bytes[at] ^ 0x10);
            return bytes;
          });
      refuses(key, "found");
    }
    store.change(key, bytes -> whole);
    assertThat(snapshots.check(key).cluster()).isEqualTo(SampleRecords.CLUSTER);
  }

  @Test
  void shouldBeRefusedWhereItEndsEarly() throws Exception {
    String key = snapshots.write(database, NOW);
    byte[] whole = store.bytes(key);

    for (int length : new int[] {0, 5, whole.length / 2, whole.length - 1}) {
      store.change(key, bytes -> Arrays.copyOf(whole, length));
      refuses(key, "found");
    }
  }

  /** Writes a snapshot with other lines under the name that its bytes have. */
  private String rewritten(UnaryOperator<String> change) throws Exception {
    String key = snapshots.write(database, NOW);
    String text;
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(store.bytes(key)))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(change.apply(text).getBytes(StandardCharsets.UTF_8));
    }
    store.delete(key);
    String named = ObjectKeys.snapshot(NOW, Sha256Digest.of(bytes.toByteArray()));
    store.put(named, bytes.toByteArray());
    return named;
  }

  @Test
  void shouldBeRefusedWithoutItsEnd() throws Exception {
    refuses(rewritten(text -> text.replaceFirst("\\{\"end\".*", "")), "no line \"end\"");
  }

  @Test
  void shouldBeRefusedWithoutARow() throws Exception {
    refuses(
        rewritten(text -> text.replaceFirst("(\"table\":\"request\"[^\n]*\n)[^\n]*\n", "$1")),
        "the rows",
        "expected those that its end tells");
  }

  @Test
  void shouldBeRefusedFromANewerVersion() throws Exception {
    refuses(
        rewritten(text -> text.replaceFirst("\"schema\":\\d+", "\"schema\":99")),
        "a newer version wrote it");
    store.keys().forEach(store::delete);
    database.clear();
    readAll(projection());
    refuses(
        rewritten(text -> text.replaceFirst("\"snapshot\":1", "\"snapshot\":2")),
        "a newer version wrote it");
  }

  @Test
  void shouldTakeNothingOfOneWithValuesThatDoNotFit() throws Exception {
    String key = rewritten(text -> text.replaceFirst("2026-11-24T10:00:05Z", "yesterday"));
    Map<Partition, OffsetRange> trimmed = trimmedTo(key);
    database.clear();

    assertThatThrownBy(() -> readAll(projection(), trimmed))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("yesterday")
        .hasMessageContaining("of table");
    assertThat(count("SELECT COUNT(*) FROM request")).isZero();
  }

  /** Columns that came later are as they are for rows of a database in place. */
  @Test
  void shouldBeChangedAsItsTablesWere() throws Exception {
    String key =
        rewritten(
            text ->
                withoutLast(9, "conversion", text).replaceFirst("\"schema\":\\d+", "\"schema\":7"));
    Map<Partition, OffsetRange> trimmed = trimmedTo(key);
    database.clear();

    readAll(projection(), trimmed);

    assertThat(database.read(StateDatabase::schema)).isEqualTo(StateDatabase.latestSchema());
    assertThat(TestDatabase.rows(database, TABLES)).isEqualTo(rows);
  }

  /** A version that kept no counts of batches wrote it. */
  @Test
  void shouldBeCountedWhereItHasNoCounts() throws Exception {
    String key =
        rewritten(
            text ->
                without("batch_count", text)
                    .replaceFirst(",\"batch_count\":\\d+", "")
                    .replaceFirst("\"schema\":\\d+", "\"schema\":13"));
    Map<Partition, OffsetRange> trimmed = trimmedTo(key);
    database.clear();

    readAll(projection(), trimmed);

    assertThat(rows.get(List.of(TABLES).indexOf("batch_count"))).hasSize(2);
    assertThat(TestDatabase.rows(database, TABLES)).isEqualTo(rows);
  }

  private static String without(String table, String text) {
    StringBuilder changed = new StringBuilder();
    boolean within = false;
    for (String line : text.lines().toList()) {
      if (line.startsWith("{")) {
        within = line.contains("\"table\":\"" + table + "\"");
      }
      changed.append(within ? "" : line + "\n");
    }
    return changed.toString();
  }

  /** What is taken in after a snapshot changes its counts. */
  @Test
  void shouldLetCountsGoOn() throws Exception {
    Map<Partition, OffsetRange> trimmed = trimmedTo(snapshots.write(database, NOW));
    database.clear();
    readAll(projection(), trimmed);

    BATCH.request("two", 4).everything().forEach(records::add);
    StateProjection next = projection();
    readAll(next, records.available());

    BatchCountsCheck.assertKept(database);
    assertThat(new BatchReader(database, Clock.systemUTC()).find(BATCH.id()))
        .map(batch -> batch.counts().images().built())
        .contains(2);
  }

  private static final String SINCE_7 =
      ",\"recipe_digest\",\"recipe_size\",\"data_file\",\"data_size\","
          + "\"translated_from\",\"training_commands\",\"faster_by\",\"batch_id\",\"simd\"]}";

  /** A table as it was before it got its last columns. */
  private static String withoutLast(int columns, String table, String text) {
    StringBuilder changed = new StringBuilder();
    boolean within = false;
    for (String line : text.lines().toList()) {
      if (line.startsWith("{")) {
        within = line.contains("\"table\":\"" + table + "\"");
        assertThat(!within || line.endsWith(SINCE_7)).isTrue();
      }
      String last = "(,[^,]*){" + columns + "}(]}?)$";
      changed.append(within ? line.replaceFirst(last, "$2") : line).append('\n');
    }
    return changed.toString();
  }

  @Test
  void shouldFallBackToTheOneBefore() throws Exception {
    String first = snapshots.write(database, NOW);
    Map<Partition, OffsetRange> trimmed = trimmedTo(first);
    String second = snapshots.write(database, NOW.plusSeconds(60));
    store.change(second, bytes -> new byte[] {1, 2, 3});
    database.clear();

    readAll(projection(), trimmed);

    assertThat(snapshots.keys()).containsExactly(second, first);
    assertThat(TestDatabase.rows(database, TABLES)).isEqualTo(rows);
  }

  @Test
  void shouldPassOverThoseOfAnotherCluster() throws Exception {
    Map<Partition, OffsetRange> trimmed = trimmedTo(snapshots.write(database, NOW));

    assertThat(snapshots.newest("cluster-2", offsets -> true)).isEmpty();
    assertThat(snapshots.newest(SampleRecords.CLUSTER, offsets -> false)).isEmpty();
    assertThat(snapshots.newest(SampleRecords.CLUSTER, offsets -> true))
        .map(Snapshot::offsets)
        .hasValueSatisfying(offsets -> assertThat(offsets.keySet()).containsAll(trimmed.keySet()));
  }

  @Test
  void shouldForgetAllButTheNewest() throws IOException {
    for (int i = 0; i < 4; i++) {
      snapshots.write(database, NOW.plusSeconds(i));
    }
    List<String> keys = snapshots.keys();

    snapshots.forgetBut(2);

    assertThat(snapshots.keys()).isEqualTo(keys.subList(0, 2));
    assertThat(ObjectKeys.snapshotTime(keys.get(0))).contains(NOW.plusSeconds(3));
  }
}
