package io.oci2wasm.api;

import java.time.Duration;

/** How long ago an engine in the object store was written last: its age. */
public final class EngineAge {
  /** A worker uses an engine that is older only after it has written it again. */
  public static final Duration REWRITTEN = Duration.ofHours(1);

  /**
   * Retention leaves an engine that is younger, whatever its rules: a worker may have found it
   * young enough, and still be making a bundle with it.
   */
  public static final Duration REMOVABLE = REWRITTEN.multipliedBy(2);

  private EngineAge() {}
}
