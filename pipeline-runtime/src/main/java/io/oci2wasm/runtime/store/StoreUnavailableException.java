package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import org.jspecify.annotations.Nullable;

/** The object store did not answer, or refused. */
public final class StoreUnavailableException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  private final boolean refused;

  StoreUnavailableException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  StoreUnavailableException(String message, @Nullable Throwable cause, boolean refused) {
    super(message, cause);
    this.refused = refused;
  }

  /** Whether it will refuse this again: then asking again is of no use. */
  public boolean isRefused() {
    return refused;
  }
}
