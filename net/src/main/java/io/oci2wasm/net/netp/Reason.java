package io.oci2wasm.net.netp;

/** Why a stream is reset. */
public enum Reason {
  REFUSED(1),
  UNREACHABLE(2),
  DENIED(3),
  TIMED_OUT(4),
  LIMIT(5),
  BROKEN(6);

  private final int code;

  Reason(int code) {
    this.code = code;
  }

  /** Its number in the format. */
  public int code() {
    return code;
  }
}
