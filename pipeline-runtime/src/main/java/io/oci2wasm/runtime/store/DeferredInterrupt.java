package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;

/** Cleans up although the thread was interrupted. */
public final class DeferredInterrupt {
  private DeferredInterrupt() {}

  /** A call to the store. */
  @FunctionalInterface
  public interface Call {
    void run() throws UnavailableException;
  }

  /**
   * Runs {@code call} as if the thread were not interrupted: the S3 client sends nothing for one
   * that is. The interrupt is there again afterwards.
   */
  public static void during(Call call) throws UnavailableException {
    boolean interrupted = Thread.interrupted();
    try {
      call.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
