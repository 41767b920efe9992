package io.oci2wasm.runtime.work;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** What one lane of a stage is doing, in numbers. */
final class TaskMetrics {
  private final MeterRegistry registry;
  private final Tags tags;
  private final AtomicInteger running = new AtomicInteger();

  TaskMetrics(MeterRegistry registry, Stage stage, Lane lane) {
    this.registry = registry;
    this.tags = Tags.of(Tag.of("stage", stage.toString()), Tag.of("lane", lane.toString()));
    Gauge.builder("oci2wasm.tasks.running", running, AtomicInteger::get)
        .tags(tags)
        .description("Events being worked on")
        .register(registry);
  }

  void started() {
    running.incrementAndGet();
  }

  void finished(String outcome, Duration duration) {
    running.decrementAndGet();
    registry.timer("oci2wasm.tasks", tags.and("outcome", outcome)).record(duration);
  }

  void retried(Reason reason) {
    registry.counter("oci2wasm.tasks.retries", tags.and("reason", reason.toString())).increment();
  }

  void deadLettered(Reason reason) {
    registry.counter("oci2wasm.deadletters", tags.and("reason", reason.toString())).increment();
  }

  /** An event was given out again: a worker died, stopped, or lost its lock on it. */
  void redelivered() {
    registry.counter("oci2wasm.tasks.redelivered", tags).increment();
  }
}
