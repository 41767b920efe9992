package io.oci2wasm.gateway.subscriber;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What became of the events that this gateway has sent, by subscriber. Thread-safe. */
public final class Deliveries {
  private final Map<String, Told> told = new ConcurrentHashMap<>();

  /**
   * Of one subscriber, since this gateway started.
   *
   * @param delivered attempts that were accepted
   * @param retried attempts that failed and are made again
   * @param givenUp events that became dead letters
   * @param lastProblem what the last attempt that failed found
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Told(
      long delivered,
      long retried,
      long givenUp,
      @Nullable Instant lastDeliveredAt,
      @Nullable Instant lastProblemAt,
      @Nullable String lastProblem) {
    static final Told NOTHING = new Told(0, 0, 0, null, null, null);

    private Told delivered(Instant at) {
      return new Told(delivered + 1, retried, givenUp, at, lastProblemAt, lastProblem);
    }

    private Told failed(boolean over, String what, Instant at) {
      return new Told(
          delivered, retried + (over ? 0 : 1), givenUp + (over ? 1 : 0), lastDeliveredAt, at, what);
    }
  }

  void delivered(String subscriber, Instant at) {
    told.compute(subscriber, (name, known) -> orNothing(known).delivered(at));
  }

  void failed(String subscriber, boolean over, String what, Instant at) {
    told.compute(subscriber, (name, known) -> orNothing(known).failed(over, what, at));
  }

  /** What this subscriber was told. */
  public Told of(String subscriber) {
    return orNothing(told.get(subscriber));
  }

  private static Told orNothing(@Nullable Told known) {
    return known == null ? Told.NOTHING : known;
  }
}
