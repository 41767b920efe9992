package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** States of a conversion as the API shows them (docs/FORMATS.md, "States"). */
public enum ConversionState {
  QUEUED,
  INGESTING,
  RESOLVING,
  /** A bundle is trained, so that one with translations follows it. */
  TRANSLATING,
  BUILDING,
  BUILT,
  /** There was a bundle, which retention has removed. */
  REMOVED,
  SKIPPED,
  FAILED;

  /** The word used in JSON, topics and metrics, e.g. {@code built}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
