package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.UnavailableException;

/** Other conversions have the disk that this one needs; it may have it later. */
public final class ScratchFullException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  ScratchFullException(String message, Throwable cause) {
    super(message, cause);
  }
}
