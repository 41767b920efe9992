package io.oci2wasm.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.oci2wasm.api.Topics;
import io.oci2wasm.gateway.retention.Bucket;
import io.oci2wasm.gateway.retention.Collector;
import io.oci2wasm.gateway.retention.Deletions;
import io.oci2wasm.gateway.retention.GcRegister;
import io.oci2wasm.gateway.retention.GcRuns;
import io.oci2wasm.gateway.retention.RetentionConfig;
import io.oci2wasm.gateway.retention.RetentionSchedule;
import io.oci2wasm.gateway.retention.RetentionView;
import io.oci2wasm.gateway.retention.StoreBucket;
import io.oci2wasm.gateway.retention.StoreSizes;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.retention.StateGcRegister;
import io.oci2wasm.gateway.state.retention.StateImageFacts;
import io.oci2wasm.runtime.event.KafkaConfig;
import io.oci2wasm.runtime.event.MemorySink;
import io.oci2wasm.runtime.event.TopicFollower;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Assembles retention: on command always, and scheduled if configured. */
final class RetentionPart implements AutoCloseable {
  private final TopicFollower deleted;
  private final GcRuns runs;
  private final RetentionView view;
  private final @Nullable RetentionSchedule schedule;
  private final StoreSizes sizes;

  private RetentionPart(
      TopicFollower deleted,
      GcRuns runs,
      RetentionView view,
      @Nullable RetentionSchedule schedule,
      StoreSizes sizes) {
    this.deleted = deleted;
    this.runs = runs;
    this.view = view;
    this.schedule = schedule;
    this.sizes = sizes;
  }

  /** {@code state} fills {@code database}: nothing is judged before it has caught up. */
  static RetentionPart start(
      RetentionConfig config,
      KafkaConfig kafka,
      StateDatabase database,
      TopicFollower state,
      Connections connections)
      throws IOException {
    Deletions deletions = new Deletions();
    TopicFollower deleted =
        TopicFollower.start(
            kafka, List.of(Topics.IMAGE_DELETED), new MemorySink(deletions::accept));
    MeterRegistry metrics = connections.monitoring().registry();
    Bucket bucket = new StoreBucket(connections.store());
    Collector collector =
        new Collector(
            config,
            new StateImageFacts(
                database,
                deletions,
                () -> {
                  state.checkCaughtUp();
                  deleted.checkCaughtUp();
                }),
            bucket,
            connections.publisher(),
            metrics,
            connections.clock());
    GcRegister register = new StateGcRegister(database);
    GcRuns runs = new GcRuns(collector, register, connections.clock());
    return new RetentionPart(
        deleted,
        runs,
        new RetentionView(config, register, connections.clock().instant()),
        config.every() == null
            ? null
            : RetentionSchedule.start(runs, register, config.every(), connections.clock())
                .measured(metrics),
        StoreSizes.start(bucket, metrics));
  }

  /** What people ask of retention. */
  GcRuns runs() {
    return runs;
  }

  /** What people see of it. */
  RetentionView view() {
    return view;
  }

  @Override
  public void close() {
    if (schedule != null) {
      schedule.close();
    }
    sizes.close();
    runs.close();
    deleted.close();
  }
}
