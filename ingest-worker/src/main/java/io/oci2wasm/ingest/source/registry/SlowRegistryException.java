package io.oci2wasm.ingest.source.registry;

import java.io.IOException;

/** A registry sends or takes so little that we hang up. The message says what was found. */
final class SlowRegistryException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean wasSteady;

  SlowRegistryException(String message, boolean wasSteady) {
    super(message);
    this.wasSteady = wasSteady;
  }

  /** Whether the same connection was fast enough before: then another one is worth a try. */
  boolean wasSteady() {
    return wasSteady;
  }
}
