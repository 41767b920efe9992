package io.oci2wasm.gateway.subscriber;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The result of one attempt.
 *
 * @param what for people; nothing of the answer's body
 * @param retryAfter how long the subscriber asked us to wait, if it did
 */
record Answer(Verdict verdict, String what, @Nullable Duration retryAfter) {
  /** Statuses that say that this very event will never be taken. */
  private static final Set<Integer> REFUSALS = Set.of(400, 405, 410, 413, 415, 422, 501);

  /** What to do next. */
  enum Verdict {
    DELIVERED,
    REFUSED,
    RETRY
  }

  static Answer of(int status, @Nullable Duration retryAfter) {
    Verdict verdict =
        status >= 200 && status < 300
            ? Verdict.DELIVERED
            : REFUSALS.contains(status) ? Verdict.REFUSED : Verdict.RETRY;
    return new Answer(verdict, "HTTP " + status, retryAfter);
  }

  static Answer none(Throwable failure) {
    return new Answer(Verdict.RETRY, failure.getClass().getSimpleName(), null);
  }
}
