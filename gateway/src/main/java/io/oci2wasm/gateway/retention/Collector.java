package io.oci2wasm.gateway.retention;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventPublisher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.apache.commons.io.file.PathUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs retention: marks what is wanted, plans, and sweeps. It keeps its data in sorted temporary
 * files, so its memory does not grow with the store. {@link GcRuns} allows one run at a time.
 */
public final class Collector {
  private static final Logger LOGGER = LoggerFactory.getLogger(Collector.class);

  private final RetentionConfig config;
  private final ImageFacts facts;
  private final Bucket bucket;
  private final EventPublisher publisher;
  private final MeterRegistry metrics;
  private final Clock clock;
  private final Counter failures;

  /** {@code publisher} is told of each bundle that goes, before it does. */
  public Collector(
      RetentionConfig config,
      ImageFacts facts,
      Bucket bucket,
      EventPublisher publisher,
      MeterRegistry metrics,
      Clock clock) {
    this.config = config;
    this.facts = facts;
    this.bucket = bucket;
    this.publisher = publisher;
    this.metrics = metrics;
    this.clock = clock;
    this.failures =
        Counter.builder("oci2wasm.retention.failures")
            .description("Runs of retention that did not come to their end")
            .register(metrics);
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
   * @throws IOException if the store does not answer, the facts are out of date, or clocks
   *     disagree; what was removed before that stays removed, and the next run goes on
   */
  public GcReport run(boolean dryRun) throws IOException {
    try {
      return attempt(dryRun);
    } catch (IOException | RuntimeException | Error e) {
      failures.increment();
      throw e;
    }
  }

  private GcReport attempt(boolean dryRun) throws IOException {
    facts.requireCurrent();
    new ClockCheck(clock).against("the object store", bucket.time());
    Path directory = Files.createTempDirectory("oci2wasm-retention");
    try {
      GcReport report = collect(dryRun, directory);
      if (!dryRun) {
        Timer.builder("oci2wasm.retention.runs")
            .description("Duration of retention runs that removed objects")
            .register(metrics)
            .record(Duration.ofMillis(report.durationMs()));
      }
      return report;
    } finally {
      PathUtils.deleteDirectory(directory);
    }
  }

  private GcReport collect(boolean dryRun, Path directory) throws IOException {
    Instant start = clock.instant();
    Documents documents = new Documents(bucket);
    try (Plan plan = new Plan(directory);
        MarkPhase marks = MarkPhase.of(facts, config, documents, start, directory);
        BundleParts parts = new BundleParts(bucket, directory)) {
      new Planner(bucket, marks.read(), parts, config, start, plan).pick();
      GcTally tally = new GcTally(dryRun ? null : metrics);
      if (dryRun) {
        tell(plan, start, tally);
      } else {
        try (NewRequests newRequests =
            new NewRequests(
                facts, documents, config.grace(), start, marks.incomplete(), directory)) {
          new Sweeper(bucket, newRequests, facts, publisher, config, clock, tally)
              .sweep(plan, start);
        }
      }
      GcReport report =
          new GcReport(
              dryRun,
              start,
              Duration.between(start, clock.instant()).toMillis(),
              plan.objects(),
              plan.bytes(),
              marks.unwantedImages(),
              marks.unwanted(),
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
  }

  private void tell(Plan plan, Instant start, GcTally tally) throws IOException {
    plan.removals(tally::removed);
    bucket.visitUploads(
        upload -> {
          if (upload.started().isBefore(start.minus(config.grace()))) {
            tally.aborted();
          }
        });
  }
}
