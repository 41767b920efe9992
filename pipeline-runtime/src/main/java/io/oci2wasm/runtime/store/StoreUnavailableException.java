package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import org.jspecify.annotations.Nullable;

/** The object store did not answer, or refused. */
public final class StoreUnavailableException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
