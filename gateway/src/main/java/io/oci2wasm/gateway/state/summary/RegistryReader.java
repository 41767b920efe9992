package io.oci2wasm.gateway.state.summary;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ColumnName;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/** What is known of each registry. Thread-safe. */
public final class RegistryReader {
  private static final Duration FAILED_WITHIN = Duration.ofDays(1);

  /** An index finds the next name without reading what is between. */
  private static final String NEXT_REGISTRY =
      "SELECT registry FROM request WHERE registry >= :after ORDER BY registry LIMIT 1";

  private static final String NEXT_SENDER =
      """
      SELECT sender, queued_at AS last_at FROM request
      WHERE registry = :registry AND sender >= :after
      ORDER BY registry, sender, queued_at DESC LIMIT 1
      """;

  private static final String FAILURES =
      """
      SELECT registry, reason, COUNT(*) AS number, MAX(updated_at) AS last_at FROM conversion
      WHERE shown AND state = 'failed' AND updated_at >= :since
      GROUP BY registry, reason ORDER BY registry, number DESC, reason
      """;

  private final StateDatabase database;
  private final Clock clock;

  public RegistryReader(StateDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * A registry that requests came from.
   *
   * @param senders who asked for its images, in order of their names
   * @param failures why conversions of its images failed in the last day, most frequent first
   */
  public record Registry(String registry, List<Sender> senders, List<Failures> failures) {
    public Registry {
      senders = List.copyOf(senders);
      failures = List.copyOf(failures);
    }
  }

  /** Who asked for images, and when last. */
  public record Sender(String sender, Instant lastAt) {}

  /** How many failed so, and when the last one did. */
  public record Failures(Reason reason, @ColumnName("number") long count, Instant lastAt) {}

  /** Failures of one registry. */
  public record OfRegistry(
      String registry, Reason reason, @ColumnName("number") long count, Instant lastAt) {}

  /**
   * Up to {@code limit} registries, in order of their names.
   *
   * @throws UnavailableException if the database does not answer
   */
  public List<Registry> list(int limit) throws UnavailableException {
    Instant since = clock.instant().minus(FAILED_WITHIN);
    return database.read(
        handle -> {
          Map<String, List<Failures>> failures = failures(handle, since);
          List<Registry> found = new ArrayList<>();
          Optional<String> next = nextRegistry(handle, "");
          while (next.isPresent() && found.size() < limit) {
            String name = next.get();
            found.add(
                new Registry(name, senders(handle, name), failures.getOrDefault(name, List.of())));
            next = nextRegistry(handle, name);
          }
          return found;
        });
  }

  private static List<Sender> senders(Handle handle, String registry) {
    List<Sender> senders = new ArrayList<>();
    Optional<Sender> next = nextSender(handle, registry, "");
    while (next.isPresent()) {
      if (!next.get().sender().equals(TranslationRequested.SENDER)) {
        senders.add(next.get());
      }
      next = nextSender(handle, registry, next.get().sender());
    }
    return senders;
  }

  private static Optional<String> nextRegistry(Handle handle, String after) {
    return handle
        .createQuery(NEXT_REGISTRY)
        .bind("after", Rows.after(after))
        .mapTo(String.class)
        .findOne();
  }

  private static Optional<Sender> nextSender(Handle handle, String registry, String after) {
    return handle
        .createQuery(NEXT_SENDER)
        .bind("registry", registry)
        .bind("after", Rows.after(after))
        .map(ConstructorMapper.of(Sender.class))
        .findOne();
  }

  private static Map<String, List<Failures>> failures(Handle handle, Instant since) {
    return handle
        .createQuery(FAILURES)
        .bind("since", since)
        .map(ConstructorMapper.of(OfRegistry.class))
        .stream()
        .collect(
            Collectors.groupingBy(
                OfRegistry::registry,
                Collectors.mapping(
                    one -> new Failures(one.reason(), one.count(), one.lastAt()),
                    Collectors.toList())));
  }
}
