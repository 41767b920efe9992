package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;

/** Another worker converts the same: what it makes is looked for later. */
public final class UnderwayException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  UnderwayException(String message, Duration lookAgain) {
    super(message, null, lookAgain);
  }
}
