package io.oci2wasm.runtime.store;

/**
 * A client of ours was closed under its users, as its own threads do when they meet an error. It
 * does not open again: the process has to be started anew.
 */
public final class ClosedClientException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  ClosedClientException(String message, Throwable cause) {
    super(message, cause);
  }
}
