package io.oci2wasm.runtime.event;

/** A sink has not seen what lies before a batch: reading must go on where the sink is. */
public final class OutOfStepException extends Exception {
  private static final long serialVersionUID = 1L;

  public OutOfStepException(String message) {
    super(message);
  }
}
