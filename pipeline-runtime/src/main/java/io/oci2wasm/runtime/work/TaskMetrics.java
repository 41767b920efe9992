package io.oci2wasm.runtime.work;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.DeadLetter.Origin;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Metrics of one lane of a stage. */
final class TaskMetrics {
  /** From a resolve that finds all in the store to a build that is stopped by its time limit. */
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(1),
    Duration.ofMinutes(5),
    Duration.ofMinutes(15),
    Duration.ofHours(1)
  };

  /** Besides {@code interrupted}, which is rare. */
  private static final List<String> OUTCOMES = List.of("done", "skipped", "failed", "retried");

  private final MeterRegistry registry;
  private final Tags tags;
  private final AtomicInteger running = new AtomicInteger();
  private final HeldWork held;
  private final Lane lane;

  TaskMetrics(MeterRegistry registry, Stage stage, Lane lane, HeldWork held) {
    this.held = held;
    this.lane = lane;
    this.registry = registry;
    this.tags = Tags.of(Tag.of("stage", stage.toString()), Tag.of("lane", lane.toString()));
    Gauge.builder("oci2wasm.tasks.running", running, AtomicInteger::get)
        .tags(tags)
        .description("Events in progress")
        .register(registry);
    // From the start, at zero: what appears with its first value has not increased, to Prometheus.
    OUTCOMES.forEach(this::timer);
    redeliveries();
  }

  void started(Origin record) {
    running.incrementAndGet();
    held.taken(lane, record);
  }

  void finished(Origin record, String outcome, Duration duration) {
    running.decrementAndGet();
    held.done(lane, record);
    timer(outcome).record(duration);
  }

  void retried(Reason reason) {
    counter("oci2wasm.tasks.retries", "Attempts that were postponed", tags.and(reason(reason)))
        .increment();
  }

  void deadLettered(Reason reason) {
    counter("oci2wasm.deadletters", "Events that failed for good", tags.and(reason(reason)))
        .increment();
  }

  /** An event was given out again: a worker died, stopped, or lost its lock on it. */
  void redelivered() {
    redeliveries().increment();
  }

  private Counter redeliveries() {
    return counter("oci2wasm.tasks.redelivered", "Events that were delivered again", tags);
  }

  private static Tag reason(Reason reason) {
    return Tag.of("reason", reason.toString());
  }

  private Counter counter(String name, String description, Tags labels) {
    return Counter.builder(name).description(description).tags(labels).register(registry);
  }

  private Timer timer(String outcome) {
    return Timer.builder("oci2wasm.tasks")
        .tags(tags)
        .tag("outcome", outcome)
        .description("Duration of attempts at events")
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }
}
