package io.oci2wasm.gateway.state.batch;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** State of an image of a batch. */
public enum BatchEntryState {
  /** Not begun; in a cancelled batch it never will be. */
  WAITING,
  /** Found by a scan, and asked for by another request: nothing is to be done. */
  KNOWN,
  /** Its request is in the bulk lane and has not ended. */
  RUNNING,
  /** Every platform has its bundle, at least one of them new. */
  BUILT,
  /** Every bundle was there already. */
  REUSED,
  SKIPPED,
  /** At least one platform failed. */
  FAILED;

  /** The word used in JSON, SQL and metrics, e.g. {@code built}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
