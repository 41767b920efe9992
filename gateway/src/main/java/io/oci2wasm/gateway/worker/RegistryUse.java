package io.oci2wasm.gateway.worker;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.event.WorkerSeen;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the workers that are there may ask a registry, and what they ask of it, as they told last.
 *
 * @param limits of each process that asks; several while workers are configured in different ways
 * @param requests that are sent, or being answered
 * @param waiting requests that wait for a place
 * @param waitUntil the latest time until which it asked one of them to wait; null if that is over
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RegistryUse(
    List<Limits> limits, int requests, int waiting, @Nullable Instant waitUntil) {
  public RegistryUse {
    limits = List.copyOf(limits);
  }

  /** Limits of so many workers, for each of them; 0 is without limit. */
  public record Limits(
      int workers,
      int concurrentRequests,
      int requestsPerSecond,
      long bytesPerSecond,
      long leastBytesPerSecond) {
    private static Limits of(WorkerSeen.Registry told) {
      return new Limits(
          1,
          told.concurrentRequests(),
          told.requestsPerSecond(),
          told.bytesPerSecond(),
          told.leastBytesPerSecond());
    }

    private Limits ofWorkers(int number) {
      return new Limits(
          number, concurrentRequests, requestsPerSecond, bytesPerSecond, leastBytesPerSecond);
    }
  }

  /** What several workers tell of one registry. */
  static RegistryUse of(List<WorkerSeen.Registry> told, Instant now) {
    Map<Limits, Integer> workers = new LinkedHashMap<>();
    told.forEach(one -> workers.merge(Limits.of(one), 1, Integer::sum));
    return new RegistryUse(
        workers.entrySet().stream().map(one -> one.getKey().ofWorkers(one.getValue())).toList(),
        told.stream().mapToInt(WorkerSeen.Registry::requests).sum(),
        told.stream().mapToInt(WorkerSeen.Registry::waiting).sum(),
        told.stream()
            .map(WorkerSeen.Registry::waitUntil)
            .filter(Objects::nonNull)
            .filter(until -> until.isAfter(now))
            .max(Comparator.naturalOrder())
            .orElse(null));
  }
}
