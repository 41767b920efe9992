package io.oci2wasm.runtime.work;

import java.time.Duration;

/** The time that a worker has for what it has begun, from when it is told to stop. Thread-safe. */
final class Drain {
  private final Duration longest;
  private volatile long end;
  private volatile boolean begun;

  Drain(Duration longest) {
    this.longest = longest;
  }

  /** The time runs from the first call on. */
  synchronized void begin() {
    if (!begun) {
      end = System.nanoTime() + longest.toNanos();
      begun = true;
    }
  }

  boolean hasBegun() {
    return begun;
  }

  /** What is left of it, once it has begun. */
  Duration rest() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }
}
