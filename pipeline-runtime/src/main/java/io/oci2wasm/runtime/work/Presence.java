package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter.Origin;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.ProgramVersion;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.EventPublisher;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells who looks at the pipeline that a worker is there, and what it works on: every few seconds,
 * and for the last time when it ends. One that dies tells nothing more. Thread-safe.
 */
final class Presence implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Presence.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** However often its work changes. */
  private static final Duration AFTER_CHANGE = Duration.ofSeconds(5);

  private static final Duration REPEAT = Duration.ofSeconds(10);

  private final WorkerSeen born;
  private final Supplier<Optional<List<WorkerSeen.Registry>>> registries;
  private final EventPublisher publisher;
  private final Clock clock;
  private final Map<Origin, WorkerSeen.Task> tasks = new LinkedHashMap<>();
  private final ScheduledExecutorService schedule;
  private List<WorkerSeen.Task> told = List.of();
  private long toldAt = System.nanoTime() - REPEAT.toNanos();

  private Presence(
      Stage stage,
      int slots,
      List<WorkerSeen.Engine> engines,
      Supplier<Optional<List<WorkerSeen.Registry>>> registries,
      EventPublisher publisher,
      Clock clock) {
    Instant now = clock.instant();
    this.born =
        new WorkerSeen(
            UUID.randomUUID().toString(),
            stage,
            ProgramVersion.text(),
            process(),
            slots,
            now,
            now,
            false,
            List.of(),
            engines,
            null);
    this.registries = registries;
    this.publisher = publisher;
    this.clock = clock;
    this.schedule =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, stage + "-presence");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Begins to tell.
   *
   * @param slots of each lane
   * @param engines that it builds with
   * @param registries that it may ask, as they are at that time
   */
  static Presence start(
      Stage stage,
      int slots,
      List<WorkerSeen.Engine> engines,
      Supplier<Optional<List<WorkerSeen.Registry>>> registries,
      EventPublisher publisher,
      Clock clock) {
    Presence presence = new Presence(stage, slots, engines, registries, publisher, clock);
    var unused =
        presence.schedule.scheduleWithFixedDelay(
            Threads.round(stage + "-presence", presence::tellDue),
            0,
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
    return presence;
  }

  private static String process() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "unknown";
    }
    return host + ":" + ProcessHandle.current().pid();
  }

  synchronized void began(Origin record, PipelineEvent event, int attempt) {
    tasks.put(
        record,
        new WorkerSeen.Task(
            event.lane(),
            event.requestId(),
            event.image(),
            event.platformManifest(),
            attempt,
            clock.instant()));
  }

  synchronized void ended(Origin record) {
    tasks.remove(record);
  }

  private synchronized List<WorkerSeen.Task> tasks() {
    return List.copyOf(tasks.values());
  }

  private void tellDue() {
    List<WorkerSeen.Task> now = tasks();
    Duration silent = Duration.ofNanos(System.nanoTime() - toldAt);
    if (silent.compareTo(now.equals(told) ? REPEAT : AFTER_CHANGE) >= 0) {
      tell(now, false);
    }
  }

  private void tell(List<WorkerSeen.Task> now, boolean ended) {
    try {
      publisher.publish(
          List.of(
              new WorkerSeen(
                  born.worker(),
                  born.stage(),
                  born.version(),
                  born.process(),
                  born.slots(),
                  born.startedAt(),
                  clock.instant(),
                  ended,
                  now,
                  born.engines(),
                  registries.get().orElse(null))));
      told = now;
      toldAt = System.nanoTime();
    } catch (UnavailableException e) {
      LOGGER
          .atDebug()
          .addKeyValue(LogKeys.STAGE, born.stage())
          .addKeyValue(LogKeys.ERROR, e.toString())
          .log("A worker could not tell that it is there");
    }
  }

  /** Tells that it ends. A second call does nothing. */
  @Override
  public void close() {
    if (!schedule.isShutdown()) {
      schedule.execute(() -> tell(List.of(), true));
    }
    Threads.finish(schedule);
  }
}
