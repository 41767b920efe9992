package io.oci2wasm.cli.remote;

/** The gateway understood a call and refused it: the same call fails again. */
public final class RefusedCallException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  RefusedCallException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The answer's HTTP status, 400 to 499. */
  public int status() {
    return status;
  }
}
