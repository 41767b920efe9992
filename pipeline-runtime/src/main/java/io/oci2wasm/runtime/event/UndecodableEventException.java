package io.oci2wasm.runtime.event;

import org.jspecify.annotations.Nullable;

/** A record holds no event that we know. */
public final class UndecodableEventException extends Exception {
  private static final long serialVersionUID = 1L;

  UndecodableEventException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
