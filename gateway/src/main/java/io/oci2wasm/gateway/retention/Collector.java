package io.oci2wasm.gateway.retention;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.retention.GcReport.Unwanted;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectInventory;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retention: marks what is wanted, plans, and sweeps. {@link GcRuns} sees to it that one runs at a
 * time.
 */
public final class Collector {
  private static final Logger LOGGER = LoggerFactory.getLogger(Collector.class);

  private final RetentionConfig config;
  private final ImageFacts facts;
  private final ObjectStore store;
  private final MeterRegistry metrics;
  private final Clock clock;

  public Collector(
      RetentionConfig config,
      ImageFacts facts,
      ObjectStore store,
      MeterRegistry metrics,
      Clock clock) {
    this.config = config;
    this.facts = facts;
    this.store = store;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Checks that it is known what is wanted.
   *
   * @throws UnavailableException if it is not known now: nothing would be removed
   */
  void requireCurrent() throws UnavailableException {
    facts.requireCurrent();
  }

  /**
   * Runs once.
   *
   * @param dryRun only tells what would be removed
   * @throws IOException if the store does not answer or the facts are out of date; what was removed
   *     before that stays removed, and the next run goes on
   */
  public GcReport run(boolean dryRun) throws IOException {
    facts.requireCurrent();
    GcReport report = collect(dryRun);
    if (!dryRun) {
      Timer.builder("oci2wasm.retention.runs")
          .description("How long runs of retention took that removed")
          .register(metrics)
          .record(Duration.ofMillis(report.durationMs()));
    }
    return report;
  }

  private GcReport collect(boolean dryRun) throws IOException {
    Instant start = clock.instant();
    Marks marks = Marks.of(facts, config, store, start);
    ObjectInventory inventory = store.inventory();
    Plan plan = new Planner(inventory, marks, config, start).plan();
    GcTally tally = new GcTally(dryRun ? null : metrics);
    if (dryRun) {
      plan.removals().forEach(tally::removed);
      plan.uploads().forEach(upload -> tally.aborted());
    } else {
      new Sweeper(inventory, marks, facts, clock, tally).sweep(plan);
    }
    GcReport report =
        new GcReport(
            dryRun,
            start,
            Duration.between(start, clock.instant()).toMillis(),
            plan.objects(),
            plan.bytes(),
            marks.unwantedImages().size(),
            images(marks),
            tally.lines(),
            tally.spared());
    LOGGER
        .atInfo()
        .addKeyValue("dryRun", dryRun)
        .addKeyValue("objects", report.objects())
        .addKeyValue("removedObjects", report.removedObjects())
        .addKeyValue(LogKeys.DURATION_MS, report.durationMs())
        .log("Retention has run");
    return report;
  }

  private static List<Unwanted> images(Marks marks) {
    return marks.unwantedImages().entrySet().stream()
        .limit(GcReport.MAX_IMAGES)
        .map(
            one -> {
              KnownImage image = one.getKey();
              return new Unwanted(
                  new ImageReference(image.registry(), image.repository(), null, image.digest()),
                  one.getValue(),
                  image.used());
            })
        .toList();
  }
}
