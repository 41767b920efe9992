package io.oci2wasm.gateway.state.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.Delivery;
import io.oci2wasm.gateway.state.conversion.Request;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.TopicBatch;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where bundles are in registries, as the API tells it of each conversion. */
@SuppressWarnings("NullAway.Init") // the set-up sets the field
class DeliveriesTest {
  private static final SampleRequest ONE = new SampleRequest("one", 0);
  private static final SampleRequest OTHER = new SampleRequest("other", 100);

  private TestState state;

  @BeforeEach
  void open() throws Exception {
    state = TestState.open();
  }

  @AfterEach
  void close() {
    state.close();
  }

  private static void read(TestState into, List<ReceivedEvent> events) throws Exception {
    SampleRecords records = new SampleRecords();
    events.forEach(records::add);
    StateProjection projection =
        new StateProjection(
            into.database(), MemorySnapshots.none(), touched -> {}, new SimpleMeterRegistry());
    for (TopicBatch batch :
        records.batches(projection.positions(SampleRecords.CLUSTER, records.available()), 3)) {
      projection.accept(batch);
    }
  }

  /** Delivered twice without a tag, then again with one and signed; and by another engine. */
  private static List<ReceivedEvent> events() {
    List<ReceivedEvent> events = new ArrayList<>(ONE.everything());
    events.addAll(OTHER.everything());
    events.add(ONE.delivered(6, "first", null, false));
    events.add(ONE.delivered(7, "first", null, false));
    events.add(ONE.delivered(30, "first", "1-wasm", true));
    events.add(ONE.delivered(40, "second", "1-wasm", true));
    return events;
  }

  @Test
  void shouldTellEachManifestOnceAsItWasToldLast() throws Exception {
    read(state, events());

    Conversion conversion = state.view().find(ONE.platformId()).orElseThrow();

    assertThat(conversion.deliveries())
        .extracting(
            Delivery::time, one -> one.image().tag(), one -> one.image().digest(), Delivery::signed)
        .containsExactly(
            tuple(SampleRequest.time(30), "1-wasm", SampleRequest.digest("first"), true),
            tuple(SampleRequest.time(40), "1-wasm", SampleRequest.digest("second"), true));
    assertThat(conversion.deliveries())
        .allSatisfy(one -> assertThat(one.image().repository()).isEqualTo("team/one"));
    // A delivery is no state: it changes nothing else.
    assertThat(conversion.times().updatedAt()).isEqualTo(SampleRequest.time(5));
    Request request = state.view().findRequest(ONE.id()).orElseThrow();
    assertThat(request.conversions())
        .filteredOn(one -> one.id().equals(ONE.platformId()))
        .containsExactly(conversion);
    assertThat(request.conversions())
        .filteredOn(one -> !one.id().equals(ONE.platformId()))
        .allSatisfy(one -> assertThat(one.deliveries()).isEmpty());
    assertThat(state.view().find(OTHER.platformId()).orElseThrow().deliveries()).isEmpty();
    assertThat(state.view().list(ConversionFilter.ANY, 9, null).items())
        .allSatisfy(one -> assertThat(one.deliveries()).isNull());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldMakeTheSameRowsInAnyOrderAndOfRepeatedEvents(long seed) throws Exception {
    List<ReceivedEvent> disturbed = new ArrayList<>(events());
    disturbed.addAll(events());
    Collections.shuffle(disturbed, new Random(seed));
    read(state, events());
    List<List<String>> expected = TestDatabase.rows(state.database(), "delivery");
    List<List<String>> rows;
    try (TestState other = TestState.open()) {
      read(other, disturbed);
      rows = TestDatabase.rows(other.database(), "delivery");
    }

    assertThat(expected.get(0)).hasSize(2);
    assertThat(rows).isEqualTo(expected);
  }

  @Test
  void shouldForgetThemWithTheirRequest() throws Exception {
    read(state, events());
    Clock later = Clock.fixed(SampleRequest.time(7200), ZoneOffset.UTC);

    try (StatePruner pruner = new StatePruner(state.database(), Duration.ofHours(1), later)) {
      assertThat(pruner.prune()).isEqualTo(2);
    }

    assertThat(TestDatabase.rows(state.database(), "delivery").get(0)).isEmpty();
  }
}
