package io.oci2wasm.gateway.http;

import io.javalin.http.HttpStatus;
import java.util.concurrent.Semaphore;

/**
 * Limits how many requests of one kind hold a thread at a time. The others are told to come again,
 * so threads are left for health checks.
 */
final class Overload {
  static final String RETRY_AFTER_SECONDS = "5";

  static final String MEMORY =
      "found too many bodies in transit, expected fewer; send it again in a few seconds";

  private final Semaphore free;
  private final String what;

  Overload(int atOnce, String what) {
    this.free = new Semaphore(atOnce);
    this.what = what;
  }

  /** Whether one more may begin; it then ends with {@link #end}. */
  boolean begin() {
    return free.tryAcquire();
  }

  void end() {
    free.release();
  }

  ProblemException refusal() {
    return new ProblemException(
        HttpStatus.SERVICE_UNAVAILABLE,
        what
            + ": found too many requests in progress, expected fewer; send it again in a few"
            + " seconds");
  }
}
