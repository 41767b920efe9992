package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A worker is there, and what it works on. It says so every few seconds, and once more when it
 * ends. No work depends on it.
 *
 * @param worker a name of its own, until it ends
 * @param version of the program
 * @param process where it runs, for people: host and process id
 * @param slots how many events of each lane it takes at a time
 * @param ended whether it takes nothing more, and this is the last that is heard of it
 * @param engines what it builds bundles with; older workers do not tell
 * @param registries those that it may ask; null of other stages, and of older workers
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record WorkerSeen(
    String worker,
    Stage stage,
    String version,
    String process,
    int slots,
    Instant startedAt,
    Instant seenAt,
    boolean ended,
    List<Task> tasks,
    List<Engine> engines,
    @Nullable List<Registry> registries)
    implements TopicEvent {
  public WorkerSeen {
    tasks = List.copyOf(tasks);
    // As JSON of an older worker is read.
    engines = engines == null ? List.of() : List.copyOf(engines);
    registries = registries == null ? null : List.copyOf(registries);
  }

  /**
   * An event at work.
   *
   * @param manifest the platform's, where the event is about one
   * @param attempt counted from 1
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Task(
      Lane lane,
      String requestId,
      ImageReference image,
      @Nullable Sha256Digest manifest,
      int attempt,
      Instant since) {}

  /** The engine that it puts into bundles of a platform. */
  public record Engine(Platform platform, String version, Sha256Digest digest) {}

  /**
   * A registry that it may ask: how hard it may, where 0 is without limit, and what it asks now.
   *
   * @param host as images name it
   * @param concurrentRequests at a time
   * @param requestsPerSecond begun in a second
   * @param bytesPerSecond of all bodies together
   * @param leastBytesPerSecond of a body that is not given up
   * @param requests that are sent, or being answered
   * @param waiting requests that wait for a place
   * @param waitUntil the latest time until which it asked to wait; null if that is over
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Registry(
      String host,
      int concurrentRequests,
      int requestsPerSecond,
      long bytesPerSecond,
      long leastBytesPerSecond,
      int requests,
      int waiting,
      @Nullable Instant waitUntil) {}

  @Override
  public String type() {
    return Topics.WORKER_SEEN;
  }

  @Override
  public String eventId() {
    return worker + "/worker.seen/" + seenAt.toEpochMilli();
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return null;
  }

  @Override
  public String recordKey() {
    return worker;
  }
}
