package io.oci2wasm.gateway.worker;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.runtime.event.TopicRecord;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The workers that have told that they are there, by their names. Thread-safe. */
public final class Workers {
  /** A worker tells every ten seconds; one report may be lost, another late. */
  static final Duration GONE_AFTER = Duration.ofSeconds(30);

  /** How long one that is gone is shown. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

  /** Reports this young count from now: so clocks may differ a little. */
  private static final Duration FRESH = Duration.ofMinutes(1);

  private final Clock clock;
  private final Map<String, Known> known = new HashMap<>();

  public Workers(Clock clock) {
    this.clock = clock;
  }

  private record Known(WorkerSeen told, Instant seenAt) {}

  /** How a worker is. */
  public enum State {
    WORKING,
    IDLE,
    /**
     * It has told nothing for a while, and not that it ends: it was killed, or cannot reach Kafka.
     */
    GONE;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A worker.
   *
   * @param slots events of each lane that it takes at a time
   * @param tasks what it works on, or worked on when it was seen last
   * @param engines what it builds bundles with; absent of other stages, and of older workers
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Worker(
      String id,
      Stage stage,
      State state,
      String version,
      String process,
      int slots,
      Instant startedAt,
      Instant seenAt,
      @JsonInclude(JsonInclude.Include.ALWAYS) List<Task> tasks,
      List<WorkerSeen.Engine> engines) {
    public Worker {
      tasks = List.copyOf(tasks);
      engines = List.copyOf(engines);
    }
  }

  /**
   * What it works on.
   *
   * @param conversion its id, which is the request's while its platforms are not known
   * @param attempt counted from 1
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Task(
      Lane lane,
      String requestId,
      String conversion,
      ImageReference image,
      int attempt,
      Instant since) {
    private static Task of(WorkerSeen.Task told) {
      return new Task(
          told.lane(),
          told.requestId(),
          told.manifest() == null
              ? told.requestId()
              : told.requestId() + "-" + told.manifest().hex(),
          told.image(),
          told.attempt(),
          told.since());
    }
  }

  /** Takes what a worker tells. */
  public void accept(TopicRecord record) {
    record
        .event(Topics.WORKER_SEEN, WorkerSeen.class)
        .ifPresent(told -> accept(told, record.time()));
  }

  /** The same with what is in a record that was written at some time. */
  public synchronized void accept(WorkerSeen told, Instant writtenAt) {
    Instant now = clock.instant();
    known.values().removeIf(one -> isSilent(one, now, FORGOTTEN_AFTER));
    if (told.ended()) {
      known.remove(told.worker());
    } else {
      boolean fresh = writtenAt.isAfter(now.minus(FRESH));
      known.put(told.worker(), new Known(told, fresh ? now : writtenAt));
    }
  }

  private static boolean isSilent(Known one, Instant now, Duration longer) {
    return one.seenAt().plus(longer).isBefore(now);
  }

  /** Up to {@code limit} of them, by stage, those that are there longest first. */
  public synchronized List<Worker> list(int limit) {
    Instant now = clock.instant();
    return known.values().stream()
        .filter(one -> !isSilent(one, now, FORGOTTEN_AFTER))
        .map(one -> shown(one, now))
        .sorted(
            Comparator.comparing(Worker::stage)
                .thenComparing(one -> one.state() == State.GONE)
                .thenComparing(Worker::startedAt)
                .thenComparing(Worker::id))
        .limit(limit)
        .toList();
  }

  /**
   * The registries that the workers which are there may ask, by name; empty if none of them tells.
   */
  public synchronized Optional<Map<String, RegistryUse>> registries() {
    Instant now = clock.instant();
    List<List<WorkerSeen.Registry>> told =
        known.values().stream()
            .filter(one -> !isSilent(one, now, GONE_AFTER))
            .sorted(Comparator.comparing(one -> one.told().startedAt()))
            .flatMap(one -> Stream.ofNullable(one.told().registries()))
            .toList();
    Map<String, List<WorkerSeen.Registry>> byHost =
        told.stream()
            .flatMap(List::stream)
            .collect(Collectors.groupingBy(WorkerSeen.Registry::host));
    Map<String, RegistryUse> uses = new TreeMap<>();
    byHost.forEach((host, ofHost) -> uses.put(host, RegistryUse.of(ofHost, now)));
    return told.isEmpty() ? Optional.empty() : Optional.of(uses);
  }

  private static Worker shown(Known one, Instant now) {
    WorkerSeen told = one.told();
    State state = told.tasks().isEmpty() ? State.IDLE : State.WORKING;
    return new Worker(
        told.worker(),
        told.stage(),
        isSilent(one, now, GONE_AFTER) ? State.GONE : state,
        told.version(),
        told.process(),
        told.slots(),
        told.startedAt(),
        one.seenAt(),
        told.tasks().stream().map(Task::of).toList(),
        told.engines());
  }
}
