package io.oci2wasm.gateway.queue;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.work.QueueLevels;
import io.oci2wasm.runtime.work.QueueSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the queues every few seconds and keeps the last result. While Kafka does not answer, the
 * metrics are NaN.
 */
public final class QueueMonitor implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(QueueMonitor.class);
  static final Duration EVERY = Duration.ofSeconds(3);

  private final QueueSource source;
  private final Clock clock;
  private final List<Consumer<QueueLevels>> listeners = new CopyOnWriteArrayList<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable QueueLevels levels;

  private QueueMonitor(QueueSource source, MeterRegistry metrics, Clock clock) {
    this.source = source;
    this.clock = clock;
    this.thread = new Thread(this::run, "queue-monitor");
    this.thread.setDaemon(true);
    for (Stage stage : Topics.TAKEN.keySet()) {
      Tags ofStage = Tags.of(Tag.of("stage", stage.toString()));
      gauge("oci2wasm.queue.retries", ofStage, read -> waiting(read, stage))
          .description("Events of both lanes that wait for another attempt")
          .register(metrics);
      for (Lane lane : Lane.values()) {
        Tags tags = ofStage.and("lane", lane.toString());
        gauge("oci2wasm.queue.depth", tags, read -> queue(read, stage, lane).depth())
            .description("Events waiting, not counting those in progress")
            .register(metrics);
        gauge("oci2wasm.queue.age", tags, read -> age(queue(read, stage, lane)))
            .description("Age of the oldest waiting event; 0 if none waits")
            .baseUnit("seconds")
            .register(metrics);
      }
    }
  }

  /** Starts reading. */
  public static QueueMonitor start(QueueSource source, MeterRegistry metrics, Clock clock) {
    QueueMonitor monitor = open(source, metrics, clock);
    monitor.start();
    return monitor;
  }

  /** A monitor that reads nothing by itself yet. */
  static QueueMonitor open(QueueSource source, MeterRegistry metrics, Clock clock) {
    return new QueueMonitor(source, metrics, clock);
  }

  void start() {
    thread.start();
  }

  private Gauge.Builder<QueueMonitor> gauge(
      String name, Tags tags, ToDoubleFunction<QueueLevels> value) {
    return Gauge.builder(
            name, this, monitor -> monitor.latest().map(value::applyAsDouble).orElse(Double.NaN))
        .tags(tags);
  }

  private static QueueLevels.Queue queue(QueueLevels levels, Stage stage, Lane lane) {
    return levels.queues().stream()
        .filter(queue -> queue.stage() == stage && queue.lane() == lane)
        .findFirst()
        .orElseThrow();
  }

  private static double waiting(QueueLevels levels, Stage stage) {
    return levels.retries().stream()
        .filter(retries -> retries.stage() == stage)
        .mapToLong(QueueLevels.Retries::waiting)
        .sum();
  }

  private double age(QueueLevels.Queue queue) {
    Instant oldest = queue.oldest();
    if (oldest == null) {
      return queue.depth() == 0 ? 0 : Double.NaN;
    }
    return Math.max(0, Duration.between(oldest, clock.instant()).toMillis() / 1000.0);
  }

  /** What was read last; empty while nothing was, or when Kafka did not answer the last time. */
  public Optional<QueueLevels> latest() {
    return Optional.ofNullable(levels);
  }

  /** Whether it goes on reading; false after {@link #close}. */
  public boolean alive() {
    return thread.isAlive();
  }

  /** {@code listener} gets what is read from now on, in the reading thread. */
  public void listen(Consumer<QueueLevels> listener) {
    listeners.add(listener);
  }

  private void run() {
    try (source) {
      do {
        Threads.round("queue-monitor", this::readOnce).run();
      } while (!stopped.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void readOnce() {
    try {
      QueueLevels read = source.read();
      levels = read;
      listeners.forEach(listener -> listener.accept(read));
    } catch (UnavailableException | RuntimeException e) {
      levels = null;
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.toString()).log("Cannot read the queues");
    }
  }

  @Override
  public void close() {
    stopped.countDown();
    try {
      thread.join(Duration.ofSeconds(5).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
