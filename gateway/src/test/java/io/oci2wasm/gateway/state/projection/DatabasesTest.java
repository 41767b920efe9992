package io.oci2wasm.gateway.state.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.runtime.event.OutOfStepException;
import io.oci2wasm.runtime.event.TopicBatch;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** PostgreSQL tells the same as H2, before and after a rebuild ({@code .ci/postgres.sh}). */
@EnabledIfSystemProperty(
    named = "oci2wasm.test.database",
    matches = "jdbc:postgresql:.+",
    disabledReason = "needs a PostgreSQL")
class DatabasesTest {
  private static final int REQUESTS = 25;

  @Test
  void shouldTellTheSame() throws Exception {
    SampleRecords records = new SampleRecords();
    for (int i = 0; i < REQUESTS; i++) {
      SampleRequest request = new SampleRequest("r" + i, i);
      request.everything().forEach(records::add);
      if (i % 5 == 0) {
        records.add(request.failed());
      }
    }
    try (StateDatabase h2 =
            StateDatabase.open(
                new DatabaseConfig("jdbc:h2:mem:" + UUID.randomUUID(), null, null, null, 4, null));
        TestState postgres = TestState.open()) {
      fill(h2, records);
      fill(postgres.database(), records);
      List<Object> expected = told(h2);

      assertThat(expected).hasSizeGreaterThan(2 * REQUESTS);
      assertThat(told(postgres.database())).isEqualTo(expected);

      rebuild(h2, records);
      rebuild(postgres.database(), records);

      assertThat(told(h2)).isEqualTo(expected);
      assertThat(told(postgres.database())).isEqualTo(expected);
    }
  }

  private static void fill(StateDatabase database, SampleRecords records) throws Exception {
    StateProjection projection =
        new StateProjection(
            database, MemorySnapshots.none(), touched -> {}, new SimpleMeterRegistry());
    for (TopicBatch batch :
        records.batches(projection.positions(SampleRecords.CLUSTER, records.available()), 10)) {
      projection.accept(batch);
    }
  }

  private static void rebuild(StateDatabase database, SampleRecords records) throws Exception {
    database.rebuild();
    try (Rebuilder rebuilder =
        new Rebuilder(
            database,
            sink -> {
              try {
                for (TopicBatch batch :
                    records.batches(
                        sink.positions(SampleRecords.CLUSTER, records.available()), 10)) {
                  sink.accept(batch);
                }
              } catch (OutOfStepException e) {
                throw new IllegalStateException(e);
              }
              return () -> {};
            },
            MemorySnapshots.none(),
            null,
            new SimpleMeterRegistry(),
            Clock.systemUTC())) {
      rebuilder.step();
    }
    assertThat(database.upcoming()).isEmpty();
  }

  /** All conversions with their histories, and all requests, newest first. */
  private static List<Object> told(StateDatabase database) throws Exception {
    ConversionReader view = new ConversionReader(database);
    List<Object> told = new ArrayList<>();
    for (Conversion one : view.list(ConversionFilter.ANY, 500, null).items()) {
      told.add(view.find(one.id()).orElseThrow());
      told.add(view.findRequest(one.requestId()).orElseThrow());
    }
    return told;
  }
}
