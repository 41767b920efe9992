package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The stages an image passes, in order; the last only where bundles are delivered. */
public enum Stage {
  GATEWAY,
  INGEST,
  RESOLVE,
  BUILD,
  DELIVER;

  /** The word used in JSON, topics and metrics, e.g. {@code ingest}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
