package io.oci2wasm.api;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that this part needs did not answer, or asked to wait. The same call may succeed later.
 */
public class UnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  public UnavailableException(String message, @Nullable Throwable cause) {
    this(message, cause, null);
  }

  /** {@code retryAfter}: how long the other side asked us to wait, if it did. */
  public UnavailableException(
      String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
