package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter.Origin;
import io.oci2wasm.api.event.WorkHeld;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.Threads;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the events that a stage has in progress, for those who count what waits: soon after a
 * change, and repeatedly while there is something. A worker that dies reports nothing more, and its
 * events count as waiting. Thread-safe.
 */
final class HeldWork implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(HeldWork.class);

  /** Short tasks are done before anybody hears of them. */
  private static final Duration LOOK = Duration.ofMillis(500);

  private static final Duration REPEAT = Duration.ofSeconds(3);

  /** Reports count this long: one may be lost or late. */
  static final Duration COUNTS = REPEAT.multipliedBy(3);

  private final Stage stage;
  private final String worker = UUID.randomUUID().toString();
  private final EventPublisher publisher;
  private final Clock clock;
  private final Map<Lane, Set<WorkHeld.Place>> held = new EnumMap<>(Lane.class);
  private final Map<Lane, Told> told = new EnumMap<>(Lane.class);
  private final ScheduledExecutorService schedule;

  private HeldWork(Stage stage, EventPublisher publisher, Clock clock) {
    this.stage = stage;
    this.publisher = publisher;
    this.clock = clock;
    this.schedule =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, stage + "-held");
              thread.setDaemon(true);
              return thread;
            });
    for (Lane lane : Lane.values()) {
      held.put(lane, new HashSet<>());
      told.put(lane, new Told(Set.of(), System.nanoTime()));
    }
  }

  /** What was told last, and when. */
  private record Told(Set<WorkHeld.Place> places, long at) {}

  /** Begins to tell. */
  static HeldWork start(Stage stage, EventPublisher publisher, Clock clock) {
    HeldWork work = new HeldWork(stage, publisher, clock);
    var unused =
        work.schedule.scheduleWithFixedDelay(
            Threads.round(stage + "-held", work::tell),
            LOOK.toMillis(),
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
    return work;
  }

  synchronized void taken(Lane lane, Origin record) {
    places(lane).add(place(record));
  }

  synchronized void done(Lane lane, Origin record) {
    places(lane).remove(place(record));
  }

  private Set<WorkHeld.Place> places(Lane lane) {
    return held.computeIfAbsent(lane, none -> new HashSet<>());
  }

  private static WorkHeld.Place place(Origin record) {
    return new WorkHeld.Place(record.partition(), record.offset());
  }

  private void tell() {
    for (Lane lane : Lane.values()) {
      try {
        tell(lane);
      } catch (UnavailableException e) {
        LOGGER
            .atDebug()
            .addKeyValue(LogKeys.STAGE, stage)
            .addKeyValue(LogKeys.ERROR, e.toString())
            .log("Events in progress could not be reported");
      }
    }
  }

  private void tell(Lane lane) throws UnavailableException {
    Set<WorkHeld.Place> places;
    synchronized (this) {
      places = Set.copyOf(places(lane));
    }
    Told before = told.get(lane);
    if (before != null
        && before.places().equals(places)
        && (places.isEmpty() || System.nanoTime() - before.at() < REPEAT.toNanos())) {
      return;
    }
    publisher.publish(
        List.of(new WorkHeld(worker, stage, lane, clock.instant(), List.copyOf(places))));
    told.put(lane, new Told(places, System.nanoTime()));
  }

  /** Tells for the last time, when nothing is in hand any more. A second call does nothing. */
  @Override
  public void close() {
    if (!schedule.isShutdown()) {
      schedule.execute(this::tell);
    }
    Threads.finish(schedule);
  }
}
