package io.oci2wasm.gateway.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that some requests may hold together. Thread-safe. */
final class Memory {
  private final AtomicLong free;

  Memory(long bytes) {
    this.free = new AtomicLong(bytes);
  }

  /** Whether {@code bytes} were free; they are taken then. */
  boolean take(long bytes) {
    long left = free.addAndGet(-bytes);
    if (left < 0) {
      free.addAndGet(bytes);
      return false;
    }
    return true;
  }

  void give(long bytes) {
    free.addAndGet(bytes);
  }
}
