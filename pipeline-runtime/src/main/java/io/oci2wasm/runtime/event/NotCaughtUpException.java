package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;

/** What topics held when reading them began has not all been read, or nobody reads them. */
public final class NotCaughtUpException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  public NotCaughtUpException(String message) {
    super(message, null);
  }
}
