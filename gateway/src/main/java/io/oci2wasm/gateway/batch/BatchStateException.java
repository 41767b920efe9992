package io.oci2wasm.gateway.batch;

/** The batch is not in a state that allows the change. The message names the allowed states. */
public final class BatchStateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BatchStateException(String message) {
    super(message);
  }
}
