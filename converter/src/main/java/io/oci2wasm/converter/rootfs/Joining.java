package io.oci2wasm.converter.rootfs;

/** Waits for threads that work for a stream, and that nobody interrupts. */
final class Joining {
  private Joining() {}

  /** Returns when the thread has ended; an interruption of the caller's is kept for later. */
  static void uninterruptibly(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
