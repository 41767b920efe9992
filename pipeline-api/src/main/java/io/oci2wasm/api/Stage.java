package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * The stages that an image passes, in order. {@code TRANSLATE} takes the place of those before it
 * where a bundle is trained: what it yields is built. The last two exist only if bundles are
 * delivered, and if there are subscribers.
 */
public enum Stage {
  GATEWAY,
  INGEST,
  RESOLVE,
  TRANSLATE,
  BUILD,
  DELIVER,
  NOTIFY;

  /** Whether it comes after the outcome, which it does not change. */
  public boolean isAfterOutcome() {
    return this == DELIVER || this == NOTIFY;
  }

  /** The word used in JSON, topics and metrics, e.g. {@code ingest}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
