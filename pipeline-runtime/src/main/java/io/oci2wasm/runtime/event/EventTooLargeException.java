package io.oci2wasm.runtime.event;

import org.jspecify.annotations.Nullable;

/** An event is larger than its topic allows, so Kafka will never accept it. */
public final class EventTooLargeException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public EventTooLargeException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
