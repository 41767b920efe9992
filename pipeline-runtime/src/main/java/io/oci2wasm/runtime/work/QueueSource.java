package io.oci2wasm.runtime.work;

import io.oci2wasm.api.UnavailableException;

/** Measures how much work waits. */
public interface QueueSource extends AutoCloseable {
  /**
   * Reads all queues once.
   *
   * @throws UnavailableException if whoever knows does not answer
   */
  QueueLevels read() throws UnavailableException;

  @Override
  void close();
}
