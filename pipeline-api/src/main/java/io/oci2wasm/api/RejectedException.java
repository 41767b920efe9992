package io.oci2wasm.api;

import org.jspecify.annotations.Nullable;

/**
 * The input is bad and stays bad: another attempt does not help. The message says what was being
 * done, on which object, what was found, what was expected and what to do.
 */
public final class RejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  public RejectedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public RejectedException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** Never null: every rejection says why. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
