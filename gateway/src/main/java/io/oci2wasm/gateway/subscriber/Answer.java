package io.oci2wasm.gateway.subscriber;

import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLException;
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
    return new Answer(Verdict.RETRY, words(failure), null);
  }

  private static String words(Throwable failure) {
    if (failure instanceof HttpConnectTimeoutException) {
      return "no connection in time";
    }
    if (failure instanceof HttpTimeoutException) {
      return "no answer in time";
    }
    if (failure instanceof ConnectException) {
      return failure.getCause() instanceof UnresolvedAddressException
          ? "no address of that name"
          : "nobody listens there";
    }
    return failure instanceof SSLException
        ? "no trusted connection (" + failure.getMessage() + ")"
        : "no whole answer";
  }
}
