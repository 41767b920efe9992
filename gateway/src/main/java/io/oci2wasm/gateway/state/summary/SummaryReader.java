package io.oci2wasm.gateway.state.summary;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.LetterReader;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/** Counts what the database has. Thread-safe. */
public final class SummaryReader {
  private static final Duration ENDED_WITHIN = Duration.ofMinutes(30);
  private static final Duration FAILED_WITHIN = Duration.ofDays(1);

  /**
   * Most rows that are not shown are {@code resolving}, and a planner that does not know would read
   * them all to find the few that are. The limit leads it to an index; workers have fewer slots.
   */
  private static final String RESOLVING =
      """
      (SELECT state, stage, lane FROM conversion WHERE shown AND state = 'resolving'
        ORDER BY shown, state, queued_at DESC, id LIMIT 10000)
      """;

  private static final String OPEN =
      """
      SELECT state, stage, lane, COUNT(*) AS number FROM (%s UNION ALL
        SELECT state, stage, lane FROM conversion
        WHERE shown AND state IN ('queued', 'ingesting', 'translating', 'building')) AS going_on
      GROUP BY state, stage, lane ORDER BY state, stage, lane
      """
          .formatted(RESOLVING);

  private static final String ENDED =
      """
      SELECT DATE_TRUNC('minute', updated_at) AS at, state, COUNT(*) AS number FROM conversion
      WHERE shown AND state IN ('built', 'skipped', 'failed') AND updated_at >= :since
      GROUP BY DATE_TRUNC('minute', updated_at), state ORDER BY at, state
      """;
  private static final String FAILURES =
      """
      SELECT reason, COUNT(*) AS number FROM conversion
      WHERE shown AND state = 'failed' AND updated_at >= :since
      GROUP BY reason ORDER BY number DESC, reason
      """;

  private final StateDatabase database;
  private final Clock clock;

  public SummaryReader(StateDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Counts once.
   *
   * @throws UnavailableException if the database does not answer
   */
  public Summary read() throws UnavailableException {
    Instant now = clock.instant();
    Instant minute = now.truncatedTo(ChronoUnit.MINUTES);
    return database.read(
        handle ->
            new Summary(
                now,
                open(handle),
                ended(handle, minute.minus(ENDED_WITHIN)),
                failures(handle, now.minus(FAILED_WITHIN)),
                LetterReader.countOpen(handle)));
  }

  private static List<Summary.Open> open(Handle handle) {
    return handle.createQuery(OPEN).map(ConstructorMapper.of(Summary.Open.class)).list();
  }

  private static List<Summary.Minute> ended(Handle handle, Instant since) {
    return handle
        .createQuery(ENDED)
        .bind("since", since)
        .map(ConstructorMapper.of(Summary.Minute.class))
        .list();
  }

  private static List<Summary.Failures> failures(Handle handle, Instant since) {
    return handle
        .createQuery(FAILURES)
        .bind("since", since)
        .map(ConstructorMapper.of(Summary.Failures.class))
        .list();
  }
}
