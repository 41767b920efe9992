package io.oci2wasm.gateway.batch;

/** A change that the batch is in no state for. The message says which states are. */
public final class BatchStateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BatchStateException(String message) {
    super(message);
  }
}
