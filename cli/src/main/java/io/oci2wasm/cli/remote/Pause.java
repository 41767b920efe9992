package io.oci2wasm.cli.remote;

import java.io.InterruptedIOException;
import java.time.Duration;

/** The time between two questions about something that goes on in the gateway. */
final class Pause {
  private Pause() {}

  /**
   * Waits.
   *
   * @throws InterruptedIOException with {@code message} if the wait is interrupted
   */
  static void of(Duration time, String message) throws InterruptedIOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(message);
    }
  }
}
