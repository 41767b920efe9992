package io.oci2wasm.api.event;

import org.jspecify.annotations.Nullable;

/** How many outcomes a request has: one for each platform of its image. */
final class Outcomes {
  /** More than any index that is taken has children. */
  private static final int MAX = 1_000_000;

  private Outcomes() {}

  static void check(@Nullable Integer outcomes) {
    if (outcomes != null && (outcomes < 1 || outcomes > MAX)) {
      throw new IllegalArgumentException("outcomes: found " + outcomes + ", expected 1 to " + MAX);
    }
  }
}
