package io.oci2wasm.gateway.state.batch;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** State of a batch. */
public enum BatchState {
  /** Its images are being looked for; those found are begun already. */
  LISTING,
  RUNNING,
  /** Begins no image until it is resumed. */
  PAUSED,
  /** Begins no image any more. */
  CANCELLED,
  DONE,
  /** Its images could not all be found; those that were have ended. */
  FAILED;

  /** Whether it can still begin images. */
  public boolean isOpen() {
    return this == LISTING || this == RUNNING || this == PAUSED;
  }

  /** The word used in JSON and metrics, e.g. {@code paused}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
