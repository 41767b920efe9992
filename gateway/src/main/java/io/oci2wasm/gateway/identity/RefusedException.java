package io.oci2wasm.gateway.identity;

import org.jspecify.annotations.Nullable;

/** Somebody is not let in. The message tells the person why. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  public RefusedException(String message) {
    this(message, null);
  }

  public RefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
