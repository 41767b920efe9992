package io.oci2wasm.ingest.step;

import io.oci2wasm.runtime.store.StoreCalls;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;

/**
 * Writes to the object store that go on while the image is read further: each waits for answers
 * that nothing else has to wait for. For the thread of one task.
 */
final class Writes implements AutoCloseable {
  /** Each may hold a manifest of 4 MiB. */
  private static final int MAX_UNDER_WAY = 8;

  private final StoreCalls calls;
  private final Deque<Future<?>> underWay = new ArrayDeque<>();

  Writes(StoreCalls calls) {
    this.calls = calls;
  }

  /** One or more calls to the store, in their order. */
  @FunctionalInterface
  interface Write {
    void run() throws IOException;
  }

  /**
   * Begins a write. Waits for the oldest where many are under way.
   *
   * @throws IOException that an earlier one failed with
   */
  void begin(Write write) throws IOException {
    if (underWay.size() == MAX_UNDER_WAY) {
      StoreCalls.answer(underWay.remove());
    }
    underWay.add(
        calls.begin(
            () -> {
              write.run();
              return null;
            }));
  }

  /**
   * Waits until everything that began is written.
   *
   * @throws IOException that the first one failed with
   */
  void await() throws IOException {
    while (!underWay.isEmpty()) {
      StoreCalls.answer(underWay.remove());
    }
  }

  /** What is still under way is given up. */
  @Override
  public void close() {
    underWay.forEach(write -> write.cancel(true));
  }
}
