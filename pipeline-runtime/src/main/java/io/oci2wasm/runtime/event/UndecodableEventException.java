package io.oci2wasm.runtime.event;

import io.oci2wasm.api.Reason;
import org.jspecify.annotations.Nullable;

/** A record holds no known event. */
public final class UndecodableEventException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  UndecodableEventException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /**
   * {@link Reason#NEWER_VERSION} if the record is well-formed and says what only a later version of
   * this program knows, else {@link Reason#UNREADABLE}.
   */
  public Reason reason() {
    return reason;
  }
}
