package io.oci2wasm.runtime.event;

import org.jspecify.annotations.Nullable;

/** An event that Kafka will never take, because it is larger than its topic allows. */
public final class EventTooLargeException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public EventTooLargeException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
