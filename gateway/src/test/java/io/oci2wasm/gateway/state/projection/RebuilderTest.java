package io.oci2wasm.gateway.state.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested.Kind;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchCountsCheck;
import io.oci2wasm.gateway.state.batch.BatchEntry;
import io.oci2wasm.gateway.state.batch.BatchImages;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.database.ReadingProgress;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.gateway.state.lease.Leases;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.event.OutOfStepException;
import io.oci2wasm.runtime.event.Partition;
import io.oci2wasm.runtime.event.TopicBatch;
import io.oci2wasm.runtime.event.TopicSink;
import io.oci2wasm.testsupport.SettableClock;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A second set of tables is filled beside the first, and shown when it has caught up. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class RebuilderTest {
  private static final int REQUESTS = 30;
  private static final String[] SHOWN = {"request", "conversion", "history"};

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final SampleRecords records = new SampleRecords();
  private TestState state;
  private StateDatabase database;
  private StateProjection shown;
  private List<List<String>> rows;

  @BeforeEach
  void fill() throws Exception {
    state = TestState.open();
    closing.push(state);
    database = state.database();
    for (int i = 0; i < REQUESTS; i++) {
      new SampleRequest("r" + i, i).everything().forEach(records::add);
    }
    shown =
        new StateProjection(
            database, MemorySnapshots.none(), touched -> {}, new SimpleMeterRegistry());
    Reader.of(records, shown).readAll();
    rows = TestDatabase.rows(state.database(), SHOWN);
    assertThat(rows.get(0)).hasSize(REQUESTS);
  }

  @AfterEach
  void close() throws Exception {
    while (!closing.isEmpty()) {
      closing.pop().close();
    }
  }

  /** Stands for a TopicFollower, which the test moves by hand. */
  private static final class Reader implements Rebuilder.Source {
    private final SampleRecords records;
    private @Nullable TopicSink sink;
    private final Deque<TopicBatch> left = new ArrayDeque<>();
    private Map<Partition, Long> began = Map.of();
    private boolean ended;

    Reader(SampleRecords records) {
      this.records = records;
    }

    static Reader of(SampleRecords records, TopicSink sink) throws UnavailableException {
      Reader reader = new Reader(records);
      Runnable unused = reader.read(sink);
      return reader;
    }

    @Override
    public Runnable read(TopicSink given) throws UnavailableException {
      sink = given;
      began = given.positions(SampleRecords.CLUSTER, records.available());
      left.addAll(records.batches(began, 10));
      return () -> ended = true;
    }

    boolean isReading() {
      return sink != null && !ended;
    }

    void read(int batches) throws UnavailableException, OutOfStepException {
      for (int i = 0; i < batches; i++) {
        Objects.requireNonNull(sink).accept(left.remove());
      }
    }

    void readAll() throws UnavailableException, OutOfStepException {
      read(left.size());
    }
  }

  private Rebuilder rebuilder(StateDatabase of, Reader reader) {
    Rebuilder rebuilder =
        new Rebuilder(
            of,
            reader,
            MemorySnapshots.none(),
            null,
            new SimpleMeterRegistry(),
            new SettableClock(SampleRequest.time(0)));
    closing.push(rebuilder);
    return rebuilder;
  }

  private StateDatabase another() throws UnavailableException {
    StateDatabase another = StateDatabase.open(state.config());
    closing.push(another);
    return another;
  }

  /** What a rebuild repairs, and what tells the two sets of tables from one another. */
  private void damage() throws UnavailableException {
    int unused = database.alone("test", handle -> handle.execute("DELETE FROM conversion"));
  }

  private boolean isRepaired() {
    return TestDatabase.rows(state.database(), SHOWN).equals(rows);
  }

  private int count(String sql) throws UnavailableException {
    return database.read(handle -> handle.createQuery(sql).mapTo(Integer.class).one());
  }

  @Test
  void shouldShowTheOldStateUntilTheNewOneHasCaughtUp() throws Exception {
    damage();
    Reader reader = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, reader);
    database.rebuild();

    rebuilder.step();
    reader.read(5);
    rebuilder.step();

    assertThat(isRepaired()).isFalse();
    assertThat(count("SELECT COUNT(*) FROM request")).isEqualTo(REQUESTS);
    assertThat(database.filling()).isNull();

    reader.readAll();
    rebuilder.step();

    assertThat(isRepaired()).isTrue();
    assertThat(reader.isReading()).isFalse();
    assertThat(database.upcoming()).isEmpty();
  }

  /** Those that only readers need are made when all is read; none is forgotten. */
  @Test
  void shouldHaveTheIndexesOfTheOldStateInTheNewOne() throws Exception {
    List<String> before = indexes();
    Reader reader = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, reader);
    database.rebuild();
    rebuilder.step();
    reader.read(1);
    List<String> meanwhile = indexes();
    reader.readAll();
    rebuilder.step();
    List<String> both = indexes();
    both.removeAll(before);

    assertThat(before).contains("conversion_shown_of_state", "conversion_request");
    assertThat(meanwhile).contains("conversion_shown_of_state");
    assertThat(meanwhile).hasSizeBetween(before.size() + 4, 2 * before.size() - 4);
    assertThat(both).isEmpty();
    assertThat(indexes()).hasSize(2 * before.size());
  }

  /** Of both sets of what is computed. */
  private List<String> indexes() throws UnavailableException {
    return new ArrayList<>(
        database.read(
            handle ->
                handle
                    .createQuery(
                        TestDatabase.isPostgres(handle)
                            ? "SELECT indexname FROM pg_indexes WHERE schemaname LIKE 'public%' AND"
                                + " indexname NOT LIKE '%_pkey' AND tablename NOT IN ('lease',"
                                + " 'audit')"
                            : "SELECT LOWER(index_name) FROM information_schema.indexes"
                                + " WHERE index_type_name = 'INDEX' AND table_name <> 'AUDIT'")
                    .mapTo(String.class)
                    .list()));
  }

  @Test
  void shouldDoNothingUnlessWanted() throws Exception {
    Reader reader = new Reader(records);

    rebuilder(database, reader).step();

    assertThat(reader.isReading()).isFalse();
  }

  @Test
  void shouldTakeNewRecordsIntoBothMeanwhile() throws Exception {
    Reader reader = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, reader);
    database.rebuild();
    rebuilder.step();
    reader.readAll();
    SampleRequest late = new SampleRequest("late", 500);
    late.everything().forEach(records::add);
    Reader.of(records, shown).readAll();

    rebuilder.step();

    assertThat(new ConversionReader(database).findRequest(late.id())).isPresent();
    assertThat(database.upcoming()).as("the second set knows less than the first").isPresent();

    reader.left.addAll(records.batches(positionsOf(reader), 10));
    reader.readAll();
    rebuilder.step();

    assertThat(database.upcoming()).isEmpty();
    assertThat(new ConversionReader(database).findRequest(late.id())).isPresent();
    Map<Partition, Long> unused = shown.positions(SampleRecords.CLUSTER, records.available());
    SampleRequest later = new SampleRequest("later", 600);
    later.everything().forEach(records::add);
    Reader.of(records, shown).readAll();
    assertThat(new ConversionReader(database).findRequest(later.id())).isPresent();
  }

  private Map<Partition, Long> positionsOf(Reader reader) throws UnavailableException {
    return Objects.requireNonNull(reader.sink)
        .positions(SampleRecords.CLUSTER, records.available());
  }

  /** Else they would be begun twice. */
  @Test
  void shouldKnowWhichImagesOfBatchesWereBegun() throws Exception {
    SampleBatch batch = new SampleBatch(Kind.RECONVERT);
    for (TopicEvent event :
        List.of(
            batch.requested(),
            batch.entered("one"),
            batch.entered("two"),
            batch.entered("three"),
            batch.listed(3))) {
      records.add(event, SampleRequest.time(1));
    }
    batch.request("three", 2).everything().forEach(records::add);
    Reader.of(records, shown).readAll();
    BatchTransactions batches = new BatchTransactions(database, Clock.systemUTC());
    List<BatchEntry> begun = batches.waiting(batch.id(), 1);
    batches.begun(begun);
    Reader reader = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, reader);
    database.rebuild();
    rebuilder.step();
    reader.readAll();

    rebuilder.step();

    assertThat(database.upcoming()).isEmpty();
    assertThat(batches.waiting(batch.id(), 9)).hasSize(1).doesNotContainAnyElementsOf(begun);
    assertThat(new BatchReader(database, Clock.systemUTC()).find(batch.id()))
        .map(one -> one.counts().images())
        .contains(new BatchImages(3, 0, 1, 1, 1, 0, 0, 0));
    BatchCountsCheck.assertKept(database);
  }

  @Test
  void shouldGoOnAfterACrash() throws Exception {
    damage();
    database.rebuild();
    StateDatabase crashed = another();
    Reader first = new Reader(records);
    Rebuilder dying = rebuilder(crashed, first);
    dying.step();
    first.read(6);
    dying.close();
    crashed.close();

    Reader second = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, second);
    rebuilder.step();

    assertThat(isRepaired()).isFalse();
    assertThat(second.began.values()).as("goes on where the first was").contains(10L);

    second.readAll();
    rebuilder.step();

    assertThat(isRepaired()).isTrue();
  }

  @Test
  void shouldRebuildOnceForSeveralGateways() throws Exception {
    damage();
    StateDatabase two = another();
    StateProjection shownByTwo =
        new StateProjection(two, MemorySnapshots.none(), touched -> {}, new SimpleMeterRegistry());
    Map<Partition, Long> unused = shownByTwo.positions(SampleRecords.CLUSTER, records.available());
    Reader ofOne = new Reader(records);
    Reader ofTwo = new Reader(records);
    Rebuilder one = rebuilder(database, ofOne);
    Rebuilder other = rebuilder(two, ofTwo);
    two.rebuild();
    database.rebuild();

    one.step();
    other.step();
    assertThat(ofTwo.isReading()).isFalse();
    ofOne.readAll();
    one.step();

    SampleRequest late = new SampleRequest("late", 500);
    late.everything().forEach(records::add);
    Reader.of(records, shownByTwo).readAll();
    assertThat(new ConversionReader(two).findRequest(late.id())).isPresent();
    assertThat(new ConversionReader(database).findRequest(late.id())).isPresent();
    other.step();
    assertThat(ofTwo.isReading()).as("nothing is left to compute").isFalse();
    assertThat(new ConversionReader(two).find(new SampleRequest("r1", 1).platformId())).isPresent();
  }

  @Test
  void shouldWriteNothingWithoutTheLease() throws Exception {
    Reader reader = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, reader);
    database.rebuild();
    rebuilder.step();
    int unused =
        database.alone("test", handle -> handle.execute("UPDATE lease SET owner = 'another'"));

    assertThatThrownBy(() -> reader.read(1))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("another gateway does the rebuild");

    rebuilder.step();
    assertThat(reader.isReading()).isFalse();
  }

  @Test
  void shouldDropWhatIsNoLongerShownAfterAWhile() throws Exception {
    Reader reader = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, reader);
    for (int round = 0; round < 2; round++) {
      database.rebuild();
      rebuilder.step();
      reader.readAll();
      rebuilder.step();
    }
    String tables =
        "SELECT COUNT(*) FROM information_schema.tables WHERE LOWER(table_name) = 'batch_entry'";
    assertThat(count(tables)).isEqualTo(3);
    int unused =
        database.alone(
            "test",
            handle ->
                handle.execute(
                    "UPDATE generation SET switched_at = switched_at - INTERVAL '2' HOUR"));

    rebuilder.step();

    assertThat(count(tables)).isEqualTo(1);
    assertThat(TestDatabase.rows(state.database(), SHOWN)).isEqualTo(rows);
    StateDatabase reopened = another();
    assertThat(new ConversionReader(reopened).find(new SampleRequest("r1", 1).platformId()))
        .isPresent();
  }

  @Test
  void shouldKeepLeasesAndRunsOfRetention() throws Exception {
    Leases leases = new Leases(database);
    boolean held = leases.lease("batches", "gateway-1", Duration.ofHours(1));
    Reader reader = new Reader(records);
    Rebuilder rebuilder = rebuilder(database, reader);
    database.rebuild();
    rebuilder.step();
    reader.readAll();
    rebuilder.step();

    assertThat(held).isTrue();
    assertThat(leases.lease("batches", "gateway-2", Duration.ofHours(1))).isFalse();
  }

  @Test
  void shouldReplaceTheStateOfAnotherClusterOnlyWhereWanted() throws Exception {
    assertThatThrownBy(() -> shown.positions("cluster-2", records.available()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cluster-1")
        .hasMessageContaining("cluster-2")
        .hasMessageContaining("--rebuild");
    assertThat(isRepaired()).isTrue();

    database.rebuild();
    Map<Partition, Long> positions = shown.positions("cluster-2", records.available());

    assertThat(positions.values()).containsOnly(0L);
    assertThat(count("SELECT COUNT(*) FROM request")).isZero();
    assertThat(database.upcoming()).isEmpty();
    ReadingProgress filling = Objects.requireNonNull(database.filling());
    assertThat(filling.ratio()).isZero();
  }

  @Test
  void shouldTakeNothingIntoTablesOfANewerProgram() throws Exception {
    int unused =
        database.alone(
            "test",
            handle ->
                handle.execute("UPDATE schema_version SET version = 99 WHERE name = 'state'"));
    try (StateDatabase older = StateDatabase.open(state.config())) {
      StateProjection projection =
          new StateProjection(
              older, MemorySnapshots.none(), touched -> {}, new SimpleMeterRegistry());
      new SampleRequest("late", 500).everything().forEach(records::add);
      Reader reader = Reader.of(records, projection);

      assertThatThrownBy(reader::readAll)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("newer version");
      assertThat(new ConversionReader(older).find(new SampleRequest("r1", 1).platformId()))
          .isPresent();
    } finally {
      int back =
          database.alone(
              "test",
              handle ->
                  handle.execute(
                      "UPDATE schema_version SET version = ? WHERE name = 'state'",
                      TestDatabase.latestSchema()));
      assertThat(back).isEqualTo(1);
    }
  }
}
