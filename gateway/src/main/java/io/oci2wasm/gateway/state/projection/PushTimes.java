package io.oci2wasm.gateway.state.projection;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/** How long pushes wait for their bundles, as a metric: from the push to the announcement. */
final class PushTimes {
  private static final Duration[] BUCKETS = {
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(1),
    Duration.ofMinutes(2),
    Duration.ofMinutes(5),
    Duration.ofMinutes(10),
    Duration.ofMinutes(30),
    Duration.ofHours(1),
    Duration.ofHours(6)
  };

  private final StateDatabase database;
  private final Timer timer;

  PushTimes(StateDatabase database, MeterRegistry metrics) {
    this.database = database;
    this.timer =
        Timer.builder("oci2wasm.push.to.bundle")
            .description("Time from a push until its bundle was announced")
            .serviceLevelObjectives(BUCKETS)
            .register(metrics);
  }

  /** When a request was asked for. */
  public record Asked(String id, Instant queuedAt) {
    static final RowMapper<Asked> ROW = ConstructorMapper.of(Asked.class);
  }

  /** Notes what {@code records}, which nobody has noted before, announce. */
  void accept(List<TopicRecord> records) throws UnavailableException {
    List<ReceivedEvent> built = new ArrayList<>();
    for (TopicRecord record : records) {
      if (record.partition().topic().equals(Topics.BUNDLE_BUILT)) {
        read(record, built);
      }
    }
    if (built.isEmpty()) {
      return;
    }
    String[] ids = built.stream().map(one -> one.event().requestId()).toArray(String[]::new);
    Map<String, Instant> asked =
        database.read(
            handle ->
                Rows.select(handle, "DISTINCT request.id, request.queued_at", "request", "id", ids)
                    .map(Asked.ROW)
                    .collect(Collectors.toMap(Asked::id, Asked::queuedAt)));
    for (ReceivedEvent one : built) {
      Instant queuedAt = asked.get(one.event().requestId());
      if (queuedAt != null) {
        timer.record(Duration.between(queuedAt, one.time()));
      }
    }
  }

  private static void read(TopicRecord record, List<ReceivedEvent> built) {
    try {
      ReceivedEvent event = record.read();
      if (event.event() instanceof BundleBuilt && event.event().lane() == Lane.PUSH) {
        built.add(event);
      }
    } catch (UndecodableEventException e) {
      // It is a dead letter.
    }
  }
}
