package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The two lanes of every work topic: bulk work yields to pushes. */
public enum Lane {
  PUSH,
  BULK;

  /** The word used in JSON, topics and metrics, e.g. {@code push}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
